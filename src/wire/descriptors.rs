//! File descriptors: how many the process may have, and whether it ran out of them. A machine that has none left says
//! nothing of the deployment.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many are enough for anything that is done here at once.
const ENOUGH: u64 = 65_536;
/// How many there are where nothing is known: as many as the least of systems has.
#[cfg(not(unix))]
const USUAL: u64 = 256;

/// How often there was none left, or no free port.
static STARVED: AtomicU64 = AtomicU64::new(0);

/// Allows the process as many as it may allow itself.
pub fn raise_descriptors() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        // Some systems refuse what they say is allowed, and have a limit of their own.
        for most in [ENOUGH, 10_240] {
            let wanted = limit.maximum.map_or(most, |maximum| maximum.min(most));
            let is_more = limit.current.is_some_and(|current| current < wanted);
            if !is_more || setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit }).is_ok() {
                return;
            }
        }
    }
}

/// Returns how many things can be done at once that take so many each.
pub(crate) fn room_for_things_of(each: usize) -> usize {
    /// What the process has besides.
    const ASIDE: u64 = 80;
    #[cfg(unix)]
    let all = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(ENOUGH);
    #[cfg(not(unix))]
    let all = USUAL;
    let room = usize::try_from(all.min(ENOUGH).saturating_sub(ASIDE)).unwrap_or_default();
    (room / each.max(1)).max(1)
}

/// Takes note of an error that is this machine's alone.
pub(super) fn note(error: &(dyn std::error::Error + 'static)) {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(is_of_starvation) {
            STARVED.fetch_add(1, Ordering::Relaxed);
            return;
        }
        cause = error.source();
    }
}

/// Returns how often this machine had no descriptor or no port left.
pub fn times_starved() -> u64 {
    STARVED.load(Ordering::Relaxed)
}

fn is_of_starvation(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        let starved = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::ADDRNOTAVAIL].map(Errno::raw_os_error);
        error.raw_os_error().is_some_and(|code| starved.contains(&code))
    }
    #[cfg(not(unix))]
    {
        error.kind() == io::ErrorKind::AddrNotAvailable
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_this_machine_lacks_is_told_from_what_others_do() {
        let before = times_starved();
        note(&io::Error::from(io::ErrorKind::ConnectionRefused));
        assert_eq!(times_starved(), before);
        note(&io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error()));
        assert!(times_starved() > before);
        assert!(room_for_things_of(1) > room_for_things_of(1000) && room_for_things_of(usize::MAX) == 1);
    }
}
