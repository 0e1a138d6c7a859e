//! The output folder: names that stay inside it, files written whole, and nothing left of earlier runs.

use crate::error::Error;
use crate::format::FILES;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A folder name for any text: letters, digits and `+=,.@_-` as they are, other bytes as `%XX`, never a dot name.
pub(crate) fn folder_name(name: &str) -> String {
    let dots = name.bytes().all(|b| b == b'.');
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"+=,@_-".contains(&b) || (b == b'.' && !dots);
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if fine(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    if out.is_empty() { "%".to_owned() } else { out }
}

/// Replaces a role's results by these files (name and content); results of an earlier run that are not among them go.
pub(crate) fn write_role(folder: &Path, files: &[(String, String)]) -> Result<(), Error> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Io {
            what: "write",
            path,
            source,
        }
    };
    fs::create_dir_all(folder).map_err(at(folder))?;
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if is_ours(&name) && !files.iter().any(|(file, _)| *file == name) {
            fs::remove_file(&path).map_err(at(&path))?;
        }
    }
    for (name, content) in files {
        let path = folder.join(name);
        write_whole(&path, content).map_err(at(&path))?;
    }
    Ok(())
}

/// Writes a file of a folder so that no reader ever sees a part of it.
pub(crate) fn write_file(folder: &Path, name: &str, content: &str) -> Result<(), Error> {
    let path = &folder.join(name);
    let written = fs::create_dir_all(folder).and_then(|()| write_whole(path, content));
    written.map_err(|source| Error::Io {
        what: "write",
        path: path.to_owned(),
        source,
    })
}

fn is_ours(name: &str) -> bool {
    let numbered = name
        .strip_prefix("policy-")
        .or(name.strip_prefix("current-"))
        .and_then(|rest| rest.strip_suffix(".json"));
    matches!(
        name,
        "policy.json" | "boundary.json" | "proof.json" | "diff.json" | "review.md"
    ) || FILES.contains(&name)
        || numbered.is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
        || name.ends_with(TEMPORARY)
}

const TEMPORARY: &str = ".leastwise-tmp";

/// A file that is so already stays as it is: to replace one costs some file systems several times as much as to write a
/// new one.
fn write_whole(path: &Path, content: &str) -> io::Result<()> {
    if is_so_already(path, content) {
        return Ok(());
    }
    let mut temporary = PathBuf::from(path).into_os_string();
    temporary.push(TEMPORARY);
    let mut file = fs::File::create(&temporary)?;
    file.write_all(content.as_bytes())?;
    drop(file);
    fs::rename(&temporary, path)
}

fn is_so_already(path: &Path, content: &str) -> bool {
    let alike = |file: fs::Metadata| file.is_file() && file.len() == content.len() as u64;
    fs::symlink_metadata(path).is_ok_and(alike)
        && fs::read(path).is_ok_and(|old| old == content.as_bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::Component;

    #[test]
    fn names() {
        let check = |name, expect: &str| assert_eq!(folder_name(name), expect);
        check("x+=,.@-_y", "x+=,.@-_y");
        check("..", "%2E%2E");
        check("../../etc", "..%2F..%2Fetc");
        check("", "%");
    }

    proptest! {
        #[test]
        fn no_name_leaves_the_folder(name: String) {
            let safe = folder_name(&name);
            let parts: Vec<_> = Path::new(&safe).components().collect();
            prop_assert!(matches!(parts.as_slice(), [Component::Normal(_)]), "{safe}");
        }
    }

    #[test]
    fn what_is_so_already_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("review.md");
        let modified = || fs::metadata(&path).unwrap().modified().unwrap();
        write_file(folder.path(), "review.md", "same").unwrap();
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(long_ago).unwrap();
        write_file(folder.path(), "review.md", "same").unwrap();
        assert_eq!(modified(), long_ago);
        write_file(folder.path(), "review.md", "else").unwrap();
        assert_ne!(modified(), long_ago);
        assert_eq!(fs::read_to_string(&path).unwrap(), "else");
    }

    #[test]
    fn earlier_results_go_and_foreign_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["policy.json", "policy-7.json", "notes.txt", "policy-x.json"] {
            fs::write(folder.path().join(name), "old").unwrap();
        }
        write_role(folder.path(), &[("review.md".into(), "new".into())]).unwrap();
        let mut left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["notes.txt", "policy-x.json", "review.md"]);
    }
}
