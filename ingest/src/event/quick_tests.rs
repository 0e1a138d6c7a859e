//! The quick road against the slow one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

use super::Quick;
use crate::decode::Decoded;
use crate::event::Event;
use proptest::prelude::*;

const RECORD: &str = r#"{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAAAAAAAAAAAAAAAAA1:s",
"arn":"arn:aws:sts::111122223333:assumed-role/R/s","accountId":"111122223333","accessKeyId":"ASIAX","sessionContext":{
"sessionIssuer":{"type":"Role","principalId":"AROAAAAAAAAAAAAAAAAA1","arn":"arn:aws:iam::111122223333:role/app/R",
"accountId":"111122223333","userName":"R"},"attributes":{"creationDate":"2026-01-01T00:00:00Z","mfaAuthenticated":"false"},
"sourceIdentity":null},"onBehalfOf":{"userId":"u","identityStoreArn":"i"},"inScopeOf":{"sourceArn":"a","credentialsIssuedTo":"b"}},
"eventTime":"2026-01-01T00:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1",
"sourceIPAddress":"10.0.0.1","userAgent":"a \"quoted\" \u00e9 agent","errorCode":"AccessDenied","errorMessage":"é",
"requestParameters":{"bucketName":"b","key":["a/b\\c",1.5,true,{}]},"responseElements":{"x":[null,-1e5]},
"additionalEventData":null,"requestID":"R","eventID":"3f2504e0-4f89-11d3-9a0c-0305e82c3301","readOnly":true,
"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::b/k"},{"accountId":"111122223333","ARNPrefix":"arn:aws:s3:::b"}],
"eventType":"AwsApiCall","managementEvent":"false","recipientAccountId":"111122223333","eventCategory":"Data",
"addendum":{"reason":"DELIVERY_DELAY"},"tlsDetails":{"tlsVersion":"TLSv1.3"}}"#;

/// Whether the quick road takes the text whole. What it takes is the slow road's event.
fn check(text: &str) -> bool {
    let padded = format!("{text},        ");
    let mut quick = Event::default();
    let Some(place) = Quick::new(&padded, 1 << 20).peek(&mut quick) else {
        return false;
    };
    let taken = padded.get(place).unwrap();
    match Event::parse(taken) {
        Ok(Decoded::Event(slow)) => {
            assert_eq!(format!("{quick:?}"), format!("{slow:?}"), "{taken}")
        }
        other => panic!("quick took {taken}, slow says {other:?}"),
    }
    taken.trim() == text.trim()
}

#[test]
fn a_common_record_is_taken() {
    assert!(check(RECORD));
    assert!(check(&RECORD.replace('\n', " \r\n\t ")));
}

#[test]
fn the_rest_of_a_list() {
    let text = format!(" , ,{RECORD}\n,{RECORD} ]}}        ");
    let mut quick = Quick::new(&text, RECORD.len());
    let peek = |quick: &Quick<'_>| quick.peek(&mut Event::default());
    let first = peek(&quick).unwrap();
    quick.take(first.end);
    let second = peek(&quick).unwrap();
    assert_eq!((first.start, second.len()), (4, RECORD.len()));
    quick.take(second.end);
    assert!(peek(&quick).is_none());
    assert_eq!(quick.taken(), second.end);
    assert!(peek(&Quick::new(&text, RECORD.len() - 1)).is_none());
}

#[test]
fn odd_records_are_left_to_the_slow_road() {
    for (from, to) in [
        ("\"eventName\":", "\"event\\u004eame\":"),
        ("\"awsRegion\":\"eu-west-1\"", "\"awsRegion\":7"),
        ("\"awsRegion\"", "\"eventName\""),
        ("\"requestID\"", "\"eventID\""),
        ("\"eventName\":\"GetObject\",", ""),
        ("\"eventName\":\"GetObject\",", "\"eventName\":null,"),
        ("\"GetObject\"", "\"\""),
        ("1.11", "2.0"),
        ("\"Data\"", "\"Insight\""),
        ("\\u00e9", "\\ud800"),
        ("1.5", "01.5"),
        ("},\"onBehalfOf\"", "}\"onBehalfOf\""),
        ("{\"bucketName\":\"b\",", "{\"bucketName\":\"b\" "),
        ("-1e5", "-"),
        ("\"resources\":[{", "\"resources\":[1,{"),
    ] {
        let record = RECORD.replacen(from, to, 1);
        assert_ne!(record, RECORD, "{from}");
        assert!(!check(&record), "{record}");
    }
}

proptest! {
    /// A piece of a record in another place of it.
    #[test]
    fn whatever_is_taken_is_the_slow_roads_event(from in 0..RECORD.len(), length in 0_usize..40, at in 0..RECORD.len(), over in 0_usize..40) {
        let piece: String = RECORD.bytes().skip(from).take(length).map(char::from).collect();
        let mut bytes = RECORD.as_bytes().to_vec();
        bytes.splice(at..(at + over).min(RECORD.len()), piece.bytes());
        if let Ok(text) = std::str::from_utf8(&bytes) {
            check(text);
        }
    }

    /// One byte of a record replaced.
    #[test]
    fn one_byte_may_change_everything(at in 0..RECORD.len(), byte in 0_u8..128) {
        let mut bytes = RECORD.as_bytes().to_vec();
        bytes.splice(at..=at, [byte]);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            check(text);
        }
    }

    #[test]
    fn a_cut_record_is_not_taken(end in 0..RECORD.len()) {
        if let Some(text) = RECORD.get(..end) {
            prop_assert!(Quick::new(text, 1 << 20).peek(&mut Event::default()).is_none());
        }
    }
}
