"""Runs one statement through Athena's API.    usage: define.py ENDPOINT DATABASE OUTPUT < statement"""
import sys, time
import boto3

endpoint, database, output = sys.argv[1:4]
athena = boto3.client("athena", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
query = athena.start_query_execution(QueryString=sys.stdin.read(), QueryExecutionContext={"Database": database},
                                     ResultConfiguration={"OutputLocation": output})["QueryExecutionId"]
while (status := athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"])["State"] in ("QUEUED", "RUNNING"):
    time.sleep(0.1)
if status["State"] != "SUCCEEDED":
    sys.exit(f"{status['State']}: {status.get('StateChangeReason')}")
