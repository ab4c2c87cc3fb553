//! Files that users name, read within a bound and written as a whole: whoever looks sees what was there before, or all of
//! what is there now.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// More than this is read from no file: far more than anybody writes, and little enough to be held.
const MOST_BYTES: u64 = 16 << 20;

/// Reads a text file, which may be a pipe, once.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        io::Error::new(io::ErrorKind::InvalidData, format!("it is no UTF-8 from byte {at} on"))
    })
}

/// Reads a file, which may be a pipe, once.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {} MiB", MOST_BYTES >> 20)));
    }
    Ok(bytes)
}

/// Returns where a file is or will be, whatever way to it is written: two paths lead to the same file where this is the same.
pub(super) fn place_of(path: &Path) -> PathBuf {
    let within = |parent: &Path| if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_owned() };
    let beside = || Some(fs::canonicalize(within(path.parent()?)).ok()?.join(path.file_name()?));
    fs::canonicalize(path).ok().or_else(beside).unwrap_or_else(|| path.to_owned())
}

/// Writes a file beside the one that is there, if any, and puts it in its place. What is no regular file, such as
/// `/dev/stdout`, is written to.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    // What a link leads to is replaced, and not the link.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let before = fs::metadata(&place).ok();
    if before.as_ref().is_some_and(|before| !before.is_file()) {
        return fs::write(&place, text);
    }
    if before.as_ref().is_some_and(|before| before.permissions().readonly()) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let unfinished = beside(&place);
    let mut file = match File::create(&unfinished) {
        Ok(file) => file,
        // Whoever may change a file need not be allowed to add one.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && before.is_some() => {
            return fs::write(&place, text);
        }
        Err(error) => return Err(error),
    };
    let written = file.write_all(text.as_bytes()).and_then(|()| {
        before.map_or(Ok(()), |before| file.set_permissions(before.permissions()))?;
        drop(file);
        fs::rename(&unfinished, &place)
    });
    written.inspect_err(|_| {
        // There is no more to be done about it than that.
        let _ = fs::remove_file(&unfinished);
    })
}

/// Returns the name of a file beside another that nobody else writes.
fn beside(place: &Path) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    place.with_file_name(format!(".{name}.{}.unfinished", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_until_all_of_the_new_is() {
        let folder = std::env::temp_dir().join(format!("hopcheck-files-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("out.json");
        write(&path, "before").unwrap();
        write(&path, "after").unwrap();
        assert_eq!(read_text(&path).unwrap(), "after");
        // A folder stands where the new file would be made: as good as a disk that is full.
        fs::create_dir(beside(&fs::canonicalize(&path).unwrap())).unwrap();
        assert!(write(&path, "never").is_err());
        assert_eq!(read_text(&path).unwrap(), "after");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_end_is_refused() {
        let refused = read_text(Path::new("/dev/zero")).unwrap_err();
        assert_eq!(refused.to_string(), "it is larger than 16 MiB");
        assert!(write(Path::new("/dev/null"), "text").is_ok());
    }
}
