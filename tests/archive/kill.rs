//! Processes killed at chosen and at random moments.

use crate::place::Place;
use crate::proxy::{Proxy, When};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Kills at random moments, unless `LEASTWISE_KILLS` says otherwise.
const KILLS: usize = 20;
/// System calls by which a run changes a folder, as machines have them; `strace` counts each kind.
const CHANGES: [&str; 5] = [
    "?rename,?renameat,?renameat2",
    "?mkdir,?mkdirat",
    "?unlink,?unlinkat,?rmdir",
    "fsync",
    "write",
];

/// What is run, and what must hold.
pub(crate) struct Trial<'t> {
    /// An archive to run it on, by number; the same number is the same archive.
    pub(crate) place: &'t dyn Fn(usize) -> Place<'t>,
    /// The command on an archive, through an endpoint of S3.
    pub(crate) command: &'t dyn Fn(&Place<'t>, Option<&str>) -> Command,
    /// What is true whenever it is killed.
    pub(crate) killed: &'t dyn Fn(&Place<'t>),
    /// What is true when it came to its end.
    pub(crate) ended: &'t dyn Fn(&Place<'t>),
}

/// How many kills at random moments are wanted; all moments are, when the environment says it.
pub(crate) fn wanted() -> usize {
    let kills = std::env::var("LEASTWISE_KILLS").ok();
    kills.map_or(KILLS, |kills| kills.parse().unwrap())
}

/// Of every so many changes, one is tried.
fn stride(otherwise: usize) -> usize {
    match std::env::var_os("LEASTWISE_KILLS") {
        Some(_) => 1,
        None => otherwise,
    }
}

/// Runs a command that must succeed.
pub(crate) fn well(command: &mut Command) {
    let output = command.stderr(Stdio::piped()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
}

/// Small numbers that are the same in each run: xorshift.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most.max(1)
    }
}

/// Whether the process was killed, and not at its end before.
fn kill(mut process: Child) -> bool {
    process.kill().unwrap();
    !process.wait().unwrap().success()
}

impl Trial<'_> {
    /// Kills at random moments, again and again on the same archive until a run gets to its end.
    pub(crate) fn at_random(&self) {
        let started = Instant::now();
        let first = (self.place)(0);
        well(&mut (self.command)(&first, None));
        (self.ended)(&first);
        let whole_run = u64::try_from(started.elapsed().as_micros()).unwrap();
        let (mut dice, mut killed, mut archives) = (Dice(0x9e37_79b9_7f4a_7c15), 0, 0);
        while killed < wanted() {
            archives += 1;
            let place = (self.place)(archives);
            while killed < wanted() {
                let process = (self.command)(&place, None).spawn().unwrap();
                std::thread::sleep(Duration::from_micros(dice.up_to(whole_run)));
                if !kill(process) {
                    break;
                }
                killed += 1;
                (self.killed)(&place);
            }
            well(&mut (self.command)(&place, None));
            (self.ended)(&place);
        }
        eprintln!("{killed} kills, {archives} archives came whole out of them");
    }

    /// Kills before and after each change that a server is asked for.
    pub(crate) fn at_requests(&self, server: &str) {
        let proxy = Proxy::start(server);
        let (mut change, mut kills, mut archives) = (1, 0, 0);
        'changes: loop {
            for when in [When::Before, When::After] {
                archives += 1;
                let place = (self.place)(archives);
                let mut command = (self.command)(&place, Some(&proxy.url));
                let ended = proxy.run(&mut command, change, when);
                (self.killed)(&place);
                well(&mut (self.command)(&place, None));
                (self.ended)(&place);
                if ended {
                    break 'changes;
                }
                kills += 1;
            }
            change += stride(7);
        }
        assert!(kills > 2, "{kills}");
        eprintln!("{kills} kills around changes, up to the {change}th");
    }

    /// Kills before each system call that changes a folder. False when `strace` is not there to do it.
    pub(crate) fn at_calls(&self) -> bool {
        let found = Command::new("strace").arg("-V").output();
        if !found.is_ok_and(|output| output.status.success()) {
            eprintln!("skipped: strace is not installed (`.ci/run` installs it)");
            return false;
        }
        let mut kills = 0;
        for (kind, calls) in CHANGES.into_iter().enumerate() {
            for number in (1..).step_by(stride(9)) {
                let place = (self.place)(1000 * kind + number);
                let run = (self.command)(&place, None);
                let mut traced = trace(&format!("{calls}:signal=SIGKILL:when={number}"), &run);
                let ended = traced.status().unwrap().success();
                (self.killed)(&place);
                well(&mut (self.command)(&place, None));
                (self.ended)(&place);
                if ended {
                    break;
                }
                kills += 1;
            }
        }
        assert!(kills > 2, "{kills}");
        eprintln!("{kills} kills at system calls");
        true
    }
}

/// The command under `strace`, with a fault of system calls.
pub(crate) fn trace(fault: &str, run: &Command) -> Command {
    let (calls, _) = fault.split_once(':').unwrap();
    let mut command = Command::new("strace");
    command.args(["-f", "-qqq", "-o", "/dev/null"]);
    command.args(["-e", &format!("trace={calls}")]);
    command.args(["-e", &format!("inject={fault}")]);
    command.arg(run.get_program()).args(run.get_args());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}
