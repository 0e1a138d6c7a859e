//! Evaluation against an evaluator that nobody here wrote: MiniStack, an emulator that enforces IAM. Generated policies
//! are put into it, generated requests are sent to it, and both must say the same, but for what `explained.json` explains.
//!
//! An explanation is more than an excuse: it has a reading under which our own evaluation answers as the emulator does, so
//! a disagreement of another cause is found. One that explains nothing any more fails the test too.
//!
//! Set `LEASTWISE_MINISTACK` to the program (`pip install ministack==1.5.33`), or have it on the PATH.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code"
)]

mod cases;
#[path = "../generated/dice.rs"]
mod dice;
mod server;

use cases::{Asked, Question};
use leastwise_iam::policy::{Decision, evaluate};
use server::Server;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(serde::Deserialize)]
struct Explained {
    explained: Vec<Explanation>,
}

#[derive(serde::Deserialize)]
struct Explanation {
    id: String,
    emulator: String,
    aws: String,
    source: String,
}

/// The question as the emulator understands it, where an explanation says that it understands it in its own way.
fn as_emulated(id: &str, question: &mut Question) {
    match id {
        "variables-are-replaced" => question.policies(|policy| {
            policy.version = Some("2008-10-17".to_owned());
        }),
        "arns-are-compared-by-part" => question.policies(|policy| {
            for (operator, _) in policy
                .statements
                .iter_mut()
                .flat_map(|s| &mut s.condition.0)
            {
                *operator = operator
                    .replace("ArnEquals", "StringLike")
                    .replace("ArnLike", "StringLike")
                    .replace("ArnNotEquals", "StringNotLike")
                    .replace("ArnNotLike", "StringNotLike");
            }
        }),
        "principal-arn-of-a-session-is-its-role" => {
            let session = question.request.principal.clone();
            let context = &mut question.request.context;
            context.insert("aws:principalarn".to_owned(), session.into_iter().collect());
        }
        unknown => panic!("no reading for the explanation `{unknown}`"),
    }
}

/// Our answer in the emulator's words; a call is only let through or not.
fn answer(asked: Asked, question: &Question) -> &'static str {
    match (evaluate(&question.request, &question.set).decision, asked) {
        (Decision::Allowed, _) => "allowed",
        (Decision::ImplicitDeny, Asked::Simulated) => "implicitDeny",
        (Decision::ExplicitDeny, Asked::Simulated) => "explicitDeny",
        (Decision::ImplicitDeny | Decision::ExplicitDeny, Asked::Called) => "denied",
        (Decision::Unknown(why), _) => panic!("{why}: {question:?}"),
    }
}

/// What came of a comparison: our answers, what explains the emulator's, and what nothing explains.
#[derive(Default)]
struct Tally {
    own: BTreeMap<&'static str, usize>,
    used: BTreeMap<String, usize>,
    unexplained: Vec<String>,
}

impl Tally {
    fn add(&mut self, asked: Asked, question: &Question, emulated: &str, all: &[Explanation]) {
        let own = answer(asked, question);
        *self.own.entry(own).or_default() += 1;
        let reading = |explanations: &[Explanation]| {
            let mut question = question.clone();
            for explanation in explanations {
                as_emulated(&explanation.id, &mut question);
            }
            answer(asked, &question) == emulated
        };
        let mut each = all.chunks(1);
        let used = if own == emulated {
            "agreed"
        } else if let Some([one]) = each.find(|one| reading(one)) {
            &one.id
        } else if reading(all) {
            "all readings together"
        } else {
            let told = format!("we say {own}, it says {emulated}: {question:?}");
            self.unexplained.push(told);
            return;
        };
        *self.used.entry(used.to_owned()).or_default() += 1;
    }
}

/// The emulator's answers, in the order of the questions.
fn answers(server: &Server, cases: &cases::Cases) -> Vec<String> {
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emulator/drive.py");
    let told = server.ask(&driver, &cases.json());
    let lists = ["simulated", "enforced"]
        .into_iter()
        .flat_map(|how| told[how].as_array().unwrap());
    let answers = lists.flat_map(|answers| answers.as_array().unwrap());
    answers
        .map(|answer| answer.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_independent_evaluator_agrees() {
    let Some(server) = Server::start() else {
        return;
    };
    let explained = explained();
    let cases = cases::generate(1);
    let (questions, told) = (cases.questions(), answers(&server, &cases));
    assert_eq!(questions.len(), told.len());
    let mut tally = Tally::default();
    for ((asked, question), emulated) in questions.iter().zip(&told) {
        tally.add(*asked, question, emulated, &explained);
    }
    let Tally {
        own,
        used,
        unexplained,
    } = tally;
    eprintln!("{own:?}; {used:?}; {} unexplained", unexplained.len());
    let some = unexplained.get(..5).unwrap_or(&unexplained);
    assert!(unexplained.is_empty(), "{}", some.join("\n\n"));
    assert!(used["agreed"] >= 5_000, "{used:?}");
    assert!(own.values().all(|count| *count > 200), "one-sided: {own:?}");
    for Explanation { id, .. } in &explained {
        assert!(used.contains_key(id), "explains nothing any more: {id}");
    }
}

/// The committed list; each disagreement says what the emulator does, what AWS does, and where AWS says so.
fn explained() -> Vec<Explanation> {
    let list: Explained = serde_json::from_str(include_str!("explained.json")).unwrap();
    for Explanation {
        emulator,
        aws,
        source,
        ..
    } in &list.explained
    {
        assert!([emulator, aws, source].iter().all(|text| text.len() > 10));
    }
    list.explained
}

/// The generated cases are about what is explained: each reading changes some answers, with or without an emulator.
#[test]
fn each_explanation_has_a_reading_that_matters() {
    let questions = cases::generate(1).questions();
    for explanation in &explained() {
        let changed = questions.iter().filter(|(asked, question)| {
            let mut emulated = question.clone();
            as_emulated(&explanation.id, &mut emulated);
            answer(*asked, &emulated) != answer(*asked, question)
        });
        let changed = changed.count();
        eprintln!("{}: {changed}", explanation.id);
        assert!(changed > 0, "{}: {changed}", explanation.id);
    }
}
