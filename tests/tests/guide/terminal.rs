//! A terminal as a reader has one: a shell that keeps its variables, one command at a time, Ctrl-C.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use sixshift_tests::markdown;

/// How long a command may take to say or do what it is to.
const PATIENCE: Duration = Duration::from_secs(120);

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) of: String,
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Everything that the reader sees.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// It shows all of these.
    pub(crate) fn shows(&self, wanted: &[&str]) -> &Self {
        let all = self.all();
        for text in wanted {
            assert!(
                all.contains(text),
                "{}\ndoes not show {text:?}:\n{all}",
                self.of
            );
        }
        self
    }

    /// It ended so.
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\nsaid:\n{}", self.of, self.all());
        self
    }
}

/// A shell in a folder.
pub(crate) struct Terminal {
    shell: Child,
    /// Where the shell's output lies, beside the reader's folder.
    notes: PathBuf,
    count: u32,
    current: String,
}

impl Terminal {
    /// Opens one with a whole environment.
    pub(crate) fn open(mut shell: Command, notes: PathBuf) -> Self {
        fs::create_dir_all(&notes).expect("a temporary folder");
        shell
            .args(["--norc", "--noprofile"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(File::create(notes.join("shell")).expect("a temporary file"))
            // Ctrl-C goes to all of a terminal's programs.
            .process_group(0);
        let mut shell = shell.spawn().expect("bash is there");
        // The shell itself lives on, as one that a person types into.
        write(&mut shell, "trap : INT\n");
        Self {
            shell,
            notes,
            count: 0,
            current: String::new(),
        }
    }

    /// Types a command and waits for its end.
    pub(crate) fn runs(&mut self, command: impl Into<Typed>) -> Said {
        self.types(command);
        self.waits()
    }

    /// Types a command, waits for its end, and expects it to be content.
    pub(crate) fn does(&mut self, command: impl Into<Typed>) -> Said {
        self.runs(command).ended(0)
    }

    /// Asks the same until the answer has something: a person looks again, too, also after an error.
    pub(crate) fn until(&mut self, question: &str, wanted: &str) -> Said {
        let since = Instant::now();
        loop {
            let said = self.runs(question);
            if said.all().contains(wanted) {
                return said;
            }
            let is_late = since.elapsed() > PATIENCE;
            assert!(
                !is_late,
                "{question}\nnever shows {wanted:?}:\n{}",
                said.all()
            );
            sleep(Duration::from_millis(200));
        }
    }

    /// Types a command that goes on, and waits until it shows something.
    pub(crate) fn begins(&mut self, command: impl Into<Typed>, shows: &str) {
        self.types(command);
        self.shows(shows);
    }

    /// Waits until what goes on here shows something.
    pub(crate) fn shows(&mut self, text: &str) {
        let since = Instant::now();
        while !self.seen().contains(text) {
            let is_late = since.elapsed() > PATIENCE;
            assert!(
                !is_late,
                "{}\ndid not show {text:?}:\n{}",
                self.current,
                self.seen()
            );
            assert!(
                !self.note("code").exists(),
                "{}\nended before it showed {text:?}:\n{}",
                self.current,
                self.seen()
            );
            sleep(Duration::from_millis(50));
        }
    }

    /// Presses Ctrl-C, and waits for the end of what goes on.
    pub(crate) fn ctrl_c(&mut self) -> Said {
        self.signal("INT");
        self.waits()
    }

    /// What goes on here has to end by itself.
    pub(crate) fn waits(&mut self) -> Said {
        let since = Instant::now();
        while !self.note("code").exists() {
            let is_late = since.elapsed() > PATIENCE;
            assert!(!is_late, "{}\ndid not end:\n{}", self.current, self.seen());
            sleep(Duration::from_millis(20));
        }
        let code = read(&self.note("code"));
        Said {
            of: self.current.clone(),
            code: code.trim().parse().expect("the shell wrote a number"),
            out: read(&self.note("out")),
            err: read(&self.note("err")),
        }
    }

    fn types(&mut self, command: impl Into<Typed>) {
        let Typed { place, text } = command.into();
        self.count += 1;
        self.current = format!("{place}: {text}");
        fs::write(self.note("typed"), text).expect("a temporary file");
        let [typed, out, err, code] = ["typed", "out", "err", "code"].map(|kind| self.note(kind));
        let line = format!(
            ". {} >{} 2>{} </dev/null; echo $? >{new}; mv {new} {}\n",
            typed.display(),
            out.display(),
            err.display(),
            code.display(),
            new = self.note("new").display(),
        );
        write(&mut self.shell, &line);
    }

    fn seen(&self) -> String {
        read(&self.note("out")) + &read(&self.note("err"))
    }

    fn note(&self, kind: &str) -> PathBuf {
        self.notes.join(format!("{}.{kind}", self.count))
    }

    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.shell.id());
        let mut kill = Command::new("kill");
        let status = kill.args([&format!("-{signal}"), "--", &group]).status();
        assert!(
            status.is_ok_and(|s| s.success()),
            "the terminal's programs get SIG{signal}"
        );
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It closes with everything that goes on in it.
        self.signal("KILL");
        let _ = self.shell.wait();
    }
}

/// What a person types: a command of the guide, or a word of the test's own.
pub(crate) struct Typed {
    place: String,
    text: String,
}

impl From<&markdown::Command> for Typed {
    fn from(command: &markdown::Command) -> Self {
        Self {
            place: command.place.clone(),
            text: command.text.clone(),
        }
    }
}

impl From<&str> for Typed {
    fn from(text: &str) -> Self {
        Self {
            place: "beside the guide".to_owned(),
            text: text.to_owned(),
        }
    }
}

impl From<String> for Typed {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

fn write(shell: &mut Child, line: &str) {
    let stdin = shell.stdin.as_mut().expect("it is piped");
    stdin.write_all(line.as_bytes()).expect("the shell lives");
    stdin.flush().expect("the shell lives");
}

fn read(path: &Path) -> String {
    fs::read(path).map_or_else(
        |_| String::new(),
        |b| String::from_utf8_lossy(&b).into_owned(),
    )
}
