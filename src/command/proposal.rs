//! How proposals are shaped and written: the flags that `generate` and `run` share.

use super::evidence::DoubtArgs;
use crate::error::Failure;
use clap::ValueEnum;
use std::path::{Path, PathBuf};

/// How proposals are shaped and written.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Proposals")]
pub(crate) struct ProposalArgs {
    /// How closely resources follow the evidence; coarser ones are used only where the quotas force it
    #[arg(long, value_enum, default_value_t)]
    granularity: Granularity,
    /// What is proposed
    #[arg(long = "as", value_enum, default_value_t)]
    kind: Kind,
    /// Write the statements anew, one a service and condition, instead of keeping those of today
    #[arg(long)]
    rewrite: bool,
    /// Add conditions that all evidence agrees on
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KIND")]
    condition: Vec<Condition>,
    /// Declared intent: grants that stay although nothing shows their use [default: leastwise.intent.toml, when there]
    #[arg(long, value_name = "TOML")]
    intent: Option<PathBuf>,
    /// Write proposals in these forms too; JSON is always written
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FORMAT")]
    format: Vec<Format>,
    /// Days ahead for which the probability is told that an unused grant is needed after all. Learning it takes twice as
    /// many days of logs; with fewer it is unknown
    #[arg(long, default_value_t = 30, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    horizon: u32,
    /// Characters that one managed policy may have
    #[arg(long, default_value_t = 6_144, value_name = "CHARACTERS")]
    quota_managed: usize,
    /// Characters that the inline policies of a role may have together
    #[arg(long, default_value_t = 10_240, value_name = "CHARACTERS")]
    quota_inline: usize,
    /// Managed policies that may be attached to a role
    #[arg(long, default_value_t = 20, value_name = "COUNT")]
    quota_documents: usize,
    #[command(flatten)]
    doubts: DoubtArgs,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Granularity {
    /// The resources seen, one by one
    Exact,
    /// Names that change from call to call become patterns, inside their bucket, log group and so on
    #[default]
    Template,
    /// All that the bucket, log group and so on holds
    Container,
    /// All of the type in the account and region, where a thing is one of many (instances, volumes)
    Type,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Kind {
    /// Policies in place of those of today
    #[default]
    Policy,
    /// A permissions boundary; the policies of today stay
    Boundary,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Condition {
    /// kms:ViaService, on KMS actions that only services called in the role's name
    KmsViaService,
    /// iam:PassedToService, where the catalogue knows of every call whom it passes roles to
    PassedToService,
    /// ec2:CreateAction, on ec2:CreateTags when things were tagged only as they were created
    CreateAction,
    /// aws:SourceVpce, on actions of which every call was direct and came through a VPC endpoint
    SourceVpce,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// policy.json alone
    Json,
    /// proposal.tf
    Terraform,
    /// proposal.cfn.yaml
    Cloudformation,
    /// proposal.cdk.ts
    Cdk,
    /// apply.sh and rollback.sh for the AWS CLI
    Cli,
}

impl ProposalArgs {
    /// The settings of a run that writes to `out`.
    pub(super) fn config(&self, out: &Path) -> Result<::generate::Config, Failure> {
        let mut config = ::generate::Config::new(out.to_owned());
        config.granularity = match self.granularity {
            Granularity::Exact => ::generate::Granularity::Exact,
            Granularity::Template => ::generate::Granularity::Template,
            Granularity::Container => ::generate::Granularity::Container,
            Granularity::Type => ::generate::Granularity::Type,
        };
        config.kind = match self.kind {
            Kind::Policy => ::generate::Kind::Policy,
            Kind::Boundary => ::generate::Kind::Boundary,
        };
        config.rewrite = self.rewrite;
        config.horizon_days = self.horizon;
        config.formats = self.format.iter().map(|format| (*format).into()).collect();
        config.formats.sort();
        config.formats.dedup();
        config.quotas = ::generate::Quotas {
            managed: self.quota_managed,
            role_inline: self.quota_inline,
            documents: self.quota_documents,
        };
        let learned = self.condition.iter();
        config.learned = learned.map(|condition| (*condition).into()).collect();
        config.intent = self.intent()?;
        self.doubts.configure(&mut config)?;
        Ok(config)
    }

    fn intent(&self) -> Result<::generate::Intent, Failure> {
        let usual = Path::new("leastwise.intent.toml");
        let usual = usual.is_file().then_some(usual);
        let Some(path) = self.intent.as_deref().or(usual) else {
            return Ok(::generate::Intent::default());
        };
        ::generate::Intent::read(path).map_err(|error| {
            Failure::from_room("cannot use the declared intent", error)
                .hint("the README has an example under `Declared intent`")
        })
    }
}

impl From<Condition> for ::generate::Learned {
    fn from(condition: Condition) -> Self {
        match condition {
            Condition::KmsViaService => Self::KmsViaService,
            Condition::PassedToService => Self::PassedToService,
            Condition::CreateAction => Self::CreateAction,
            Condition::SourceVpce => Self::SourceVpce,
        }
    }
}

impl From<Format> for ::generate::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Json => Self::Json,
            Format::Terraform => Self::Terraform,
            Format::Cloudformation => Self::CloudFormation,
            Format::Cdk => Self::Cdk,
            Format::Cli => Self::Cli,
        }
    }
}
