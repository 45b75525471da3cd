//! `credentials.csv`: the file in which Huawei Cloud's console hands out an access key, once.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::error::ConfigError;
use crate::model::access_key::AccessKey;
use crate::model::secret::Secret;
use crate::system::error::SystemError;

/// The most that is read, in bytes. The file has two lines.
const SIZE_LIMIT: u64 = 64 * 1024;

/// Why a file is not read as a table.
const UNREADABLE: &str = "it is no table of comma-separated texts in UTF-8";

/// Reads the access key in the file at `path`.
///
/// # Errors
///
/// [`ConfigError::System`] if it cannot be read, [`ConfigError::Csv`] if it holds no key, or more than one,
/// [`ConfigError::AccessKey`] if what it holds cannot be one.
pub fn read(path: &Path) -> Result<AccessKey, ConfigError> {
    let no_table = |why| ConfigError::Csv {
        path: path.to_owned(),
        why,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        // Windows opens none.
        Err(_) if path.is_dir() => return Err(no_table(UNREADABLE)),
        Err(source) => return Err(SystemError::file("read", path, source).into()),
    };
    let (ak, sk) = parse(file.take(SIZE_LIMIT)).map_err(no_table)?;
    Ok(AccessKey::checked(&ak, sk)?)
}

/// Returns AK and SK of a table with the columns `Access Key Id` and `Secret Access Key`, in any case
/// and any order. Byte-order mark, quotes, line ends and blanks may be as a spreadsheet left them.
///
/// # Errors
///
/// Why it is no such table, or does not hold one key; without a word of it.
pub fn parse(text: impl Read) -> Result<(String, Secret), &'static str> {
    let mut reader = ReaderBuilder::new()
        .trim(Trim::All)
        .flexible(true)
        .from_reader(text);
    let header = reader.headers().map_err(|_| UNREADABLE)?;
    let column = |name: &str| {
        header
            .iter()
            .position(|title| bare(title).eq_ignore_ascii_case(name))
    };
    let (Some(ak), Some(sk)) = (column("Access Key Id"), column("Secret Access Key")) else {
        return Err("its first line has no columns `Access Key Id` and `Secret Access Key`");
    };
    let mut rows = Vec::new();
    for row in reader.into_records() {
        let row = row.map_err(|_| UNREADABLE)?;
        if row.iter().any(|cell| !cell.is_empty()) {
            rows.push(row);
        }
    }
    let cell =
        |row: &StringRecord, column: usize| bare(row.get(column).unwrap_or_default()).to_owned();
    match &rows[..] {
        [] => Err("it holds no access key"),
        [row] => Ok((cell(row, ak), Secret::new(cell(row, sk)))),
        _ => Err("it holds more than one access key; leave the line of the one that is meant"),
    }
}

/// Returns a cell without the quotes that a blank before them made part of it.
fn bare(cell: &str) -> &str {
    cell.trim_matches('"').trim()
}

#[cfg(test)]
mod tests {
    use super::parse;

    const AK: &str = "QTWAOYTTINDUT2QVKYUC";
    const SK: &str = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";

    #[test]
    fn every_way_to_write_the_table_is_read() {
        for text in [
            format!("User Name,Access Key Id,Secret Access Key\r\nuser,{AK},{SK}\r\n"),
            format!("\u{feff}User Name,Access Key Id,Secret Access Key\nuser,{AK},{SK}"),
            format!(
                "\"User Name\",\"Access Key Id\",\"Secret Access Key\"\n\"a,b\",\"{AK}\",\"{SK}\"\n\n"
            ),
            format!("\"Access Key Id\" , \"Secret Access Key\"\n \"{AK}\", \"{SK}\" \n"),
            format!(" secret access key , ACCESS KEY ID \n {SK} , {AK} \n , \n"),
        ] {
            let (ak, sk) = parse(text.as_bytes()).expect(&text);
            assert_eq!((ak.as_str(), sk.expose()), (AK, SK), "{text}");
        }
    }

    #[test]
    fn what_is_no_such_table_is_told() {
        for (text, why) in [
            ("", "no columns"),
            ("a,b\n1,2\n", "no columns"),
            ("Access Key Id,Secret Access Key\n", "no access key"),
            (
                "Access Key Id,Secret Access Key\nA,B\nC,D\n",
                "more than one",
            ),
            ("Access Key Id,Secret Access Key\n\u{1},\n", ""),
        ] {
            match parse(text.as_bytes()) {
                Ok((_, sk)) => assert!(sk.is_empty(), "{text}"),
                Err(told) => assert!(told.contains(why), "{text}: {told}"),
            }
        }
        assert!(parse(&b"Access Key Id,Secret Access Key\nA,\xff\n"[..]).is_err());
    }
}
