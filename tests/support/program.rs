//! The program, run as a user runs it. One that is still running when its test ends or panics is killed.

use std::ffi::OsStr;
use std::fs::File;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::Folder;

/// How long anything may take before a test gives up on it.
const LONGEST: Duration = Duration::from_mins(1);

/// The program, about to be run.
#[derive(Debug)]
pub(crate) struct Program(Command);

impl Program {
    /// Prepares it with these arguments, and without what the caller's environment would change about it.
    pub(crate) fn new(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        Self::of(Command::new(env!("CARGO_BIN_EXE_hopcheck")), arguments)
    }

    /// Prepares it as what a shell runs after this, such as `ulimit -n 256`.
    pub(crate) fn after(prelude: &str, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{prelude} && exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_hopcheck")]);
        Self::of(shell, arguments)
    }

    fn of(mut command: Command, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let of_hopcheck = ["HOPCHECK_KEY_ON", "HOPCHECK_KEY_OFF", "HOPCHECK_ADMIN_TOKEN", "RUST_LOG"];
        for name in of_hopcheck.into_iter().chain(["CLICOLOR", "CLICOLOR_FORCE", "NO_COLOR"]) {
            command.env_remove(name);
        }
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_ascii_lowercase());
        }
        Self(command)
    }

    /// Runs it in this folder.
    pub(crate) fn within(mut self, folder: &Folder) -> Self {
        self.0.current_dir(folder.path());
        self
    }

    /// Adds an argument.
    pub(crate) fn and(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.0.arg(argument);
        self
    }

    /// Sets a variable of its environment.
    pub(crate) fn knowing(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Lets it write to files, which can be read while it runs and take more than a pipe.
    pub(crate) fn writing_to(mut self, stdout: File, stderr: File) -> Self {
        self.0.stdout(stdout).stderr(stderr);
        self
    }

    /// Starts it.
    pub(crate) fn starts(mut self) -> Running {
        Running(Some(self.0.spawn().unwrap_or_else(|error| panic!("{:?}: {error}", self.0))))
    }

    /// Runs it to its end.
    pub(crate) fn ends(self) -> Ended {
        self.starts().ends()
    }
}

/// The program, running.
#[derive(Debug)]
pub(crate) struct Running(Option<Child>);

impl Running {
    /// Sends it a signal, such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.0.as_ref().map(Child::id).unwrap_or_default();
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {id}")]).status();
        assert!(sent.is_ok_and(|status| status.success()), "cannot send {name} to {id}");
    }

    /// Returns whether it has ended of itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.as_mut().is_none_or(|child| child.try_wait().is_ok_and(|status| status.is_some()))
    }

    /// Returns the most memory that it has taken so far, in bytes; none once it has ended.
    #[cfg(target_os = "linux")]
    pub(crate) fn most_memory(&self) -> usize {
        let id = self.0.as_ref().map(Child::id).unwrap_or_default();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let kilobytes =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        kilobytes.unwrap_or(0_usize) << 10
    }

    /// Waits for its end. What never ends is killed, and the test fails.
    pub(crate) fn ends(mut self) -> Ended {
        let child = self.0.take().unwrap_or_else(|| panic!("it has ended already"));
        let id = child.id();
        let (tell, told) = std::sync::mpsc::channel();
        thread::spawn(move || tell.send(child.wait_with_output()));
        let Ok(output) = told.recv_timeout(LONGEST) else {
            let _ = Command::new("sh").args(["-c", &format!("kill -KILL {id}")]).status();
            panic!("the program did not end within {LONGEST:?}");
        };
        Ended::of(output.unwrap_or_else(|error| panic!("{error}")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // It may have ended of itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What the program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit code; none where a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it wrote to standard output.
    pub(crate) stdout: String,
    /// What it wrote to standard error.
    pub(crate) stderr: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap_or_else(|error| panic!("{error}"));
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Returns it, provided that it ended with this code.
    pub(crate) fn with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        self
    }
}

/// Waits until there is something, which is looked for again and again.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(since.elapsed() < LONGEST, "{what}: not within {LONGEST:?}");
        thread::sleep(Duration::from_millis(2));
    }
}
