//! `credentials.csv`: the file in which Huawei Cloud's console hands out an access key, once.

use std::io;
use std::ops::Range;
use std::path::Path;

use csv_core::ReadRecordResult;
use zeroize::Zeroizing;

use super::error::ConfigError;
use crate::model::access_key::AccessKey;
use crate::model::secret::Secret;
use crate::system::error::SystemError;
use crate::system::open::{self, Demand};

/// The largest file that is read, in bytes. The usual file has two lines.
const SIZE_LIMIT: u64 = 64 * 1024;

/// Why a file is not read as a table.
const UNREADABLE: &str = "it is not a table with commas, semicolons or tabs between its cells";

/// Reads the access key in the regular file at `path`.
///
/// # Errors
///
/// [`ConfigError::System`] if it cannot be read, [`ConfigError::Csv`] if it does not hold exactly
/// one key, [`ConfigError::AccessKey`] if the key is malformed.
pub fn read(path: &Path) -> Result<AccessKey, ConfigError> {
    key_of(path, open::read(path, SIZE_LIMIT, Demand::Nothing))
}

/// Reads the access key in what a person has named, which may be a pipe: waits for its writer.
///
/// # Errors
///
/// As [`read`].
pub fn read_or_wait(path: &Path) -> Result<AccessKey, ConfigError> {
    key_of(path, open::read_or_wait(path, SIZE_LIMIT))
}

fn key_of(path: &Path, bytes: io::Result<Zeroizing<Vec<u8>>>) -> Result<AccessKey, ConfigError> {
    let bytes = bytes.map_err(|source| SystemError::file("read", path, source))?;
    let (ak, sk) = parse(&bytes).map_err(|why| ConfigError::Csv {
        path: path.to_owned(),
        why,
    })?;
    Ok(AccessKey::checked(&ak, sk)?)
}

/// The titles of the two columns: in English, in Chinese, and in Chinese encoded as GBK and then
/// decoded byte by byte, as [`decoded`] does.
const AK_TITLES: [&str; 3] = ["Access Key Id", "访问密钥ID", "·ÃÎÊÃÜÔ¿ID"];
const SK_TITLES: [&str; 3] = ["Secret Access Key", "秘密访问密钥", "ÃØÃÜ·ÃÎÊÃÜÔ¿"];

/// Returns the AK and the SK from a table with the columns `Access Key Id` and `Secret Access Key`,
/// in any order, in any case and with any blanks. It accepts what spreadsheets write: a byte-order
/// mark, quotes, any line ends, other encodings, and a comma, semicolon or tab between cells, with
/// or without a first line `sep=`.
///
/// # Errors
///
/// What is wrong with the table. It never repeats what the file holds.
pub fn parse(bytes: &[u8]) -> Result<(String, Secret), &'static str> {
    let text = decoded(bytes).ok_or(UNREADABLE)?;
    let (text, delimiter) = without_separator(&text);
    let table = Table::read(text, delimiter).ok_or(UNREADABLE)?;
    let (header, rows) = table.rows.split_first().unwrap_or((&EMPTY, &[]));
    let column = |names: [&str; 3]| {
        let is_one = |cell: &Range<usize>| {
            let title = table.cell(cell);
            names.iter().any(|name| letters(title).eq(letters(name)))
        };
        header.iter().position(is_one)
    };
    let (Some(ak), Some(sk)) = (column(AK_TITLES), column(SK_TITLES)) else {
        return Err("its first line has no columns `Access Key Id` and `Secret Access Key`");
    };
    let mut keys = rows
        .iter()
        .filter(|row| row.iter().any(|cell| !table.cell(cell).is_empty()));
    let cell = |row: &Row, column: usize| row.get(column).map_or("", |cell| table.cell(cell));
    match (keys.next(), keys.next()) {
        (None, _) => Err("it holds no access key"),
        (Some(row), None) => Ok((cell(row, ak).to_owned(), cell(row, sk).into())),
        _ => Err("it holds more than one access key; keep only the line of the right one"),
    }
}

/// The letters of a title. Nothing is copied, for what stands there may be a key.
fn letters(title: &str) -> impl Iterator<Item = char> {
    let letters = title.chars().filter(|letter| !letter.is_whitespace());
    letters.map(|letter| letter.to_ascii_lowercase())
}

/// The cells of a table, in one buffer that is wiped. What reads records at a higher level keeps
/// copies of them.
struct Table {
    text: Zeroizing<Vec<u8>>,
    rows: Vec<Row>,
}

/// Where the cells of a row are.
type Row = Vec<Range<usize>>;

static EMPTY: Row = Row::new();

/// The most columns that a row may have.
const MOST_COLUMNS: usize = 256;

impl Table {
    fn read(text: &str, delimiter: u8) -> Option<Self> {
        let mut reader = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        let mut cells = Zeroizing::new(vec![0; text.len()]);
        let (mut rest, mut rows) = (text.as_bytes(), Vec::new());
        let mut ends = [0; MOST_COLUMNS];
        // Of the row that is being read: where it starts, how long it is by now, and its number of
        // cells.
        let (mut start, mut length, mut count) = (0, 0, 0);
        loop {
            let (result, read, written, ended) =
                reader.read_record(rest, &mut cells[start + length..], &mut ends[count..]);
            rest = &rest[read..];
            length += written;
            count += ended;
            match result {
                // The second time there is nothing at all, which ends the last row.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record => {
                    let starts = std::iter::once(0).chain(ends);
                    let row = starts.zip(&ends[..count]);
                    rows.push(row.map(|(from, to)| start + from..start + to).collect());
                    start += length;
                    (length, count) = (0, 0);
                }
                ReadRecordResult::End => return Some(Self { text: cells, rows }),
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => return None,
            }
        }
    }

    fn cell(&self, place: &Range<usize>) -> &str {
        bare(std::str::from_utf8(&self.text[place.clone()]).unwrap_or_default())
    }
}

/// Decodes UTF-16 or UTF-8. In any other encoding each byte becomes one character: only user names
/// and titles go beyond ASCII, and no byte of GBK can be taken for a comma, a quote or a line end.
fn decoded(bytes: &[u8]) -> Option<Zeroizing<String>> {
    // No byte becomes more than two: the buffer never grows, which would leave a copy behind.
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    let mut wide = |read: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|two| read([two[0], two[1]]));
        char::decode_utf16(units).try_for_each(|c| c.map(|c| text.push(c)))
    };
    // In UTF-16 the higher byte of each letter of a key is zero.
    let zeros = |half: usize| {
        bytes
            .iter()
            .skip(half)
            .step_by(2)
            .filter(|byte| **byte == 0)
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes).ok()?,
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes).ok()?,
        _ if bytes.contains(&0) => match zeros(1).count() > zeros(0).count() {
            true => wide(u16::from_le_bytes).ok()?,
            false => wide(u16::from_be_bytes).ok()?,
        },
        _ => match std::str::from_utf8(bytes) {
            Ok(utf8) => text.push_str(utf8),
            Err(_) => text.extend(bytes.iter().copied().map(char::from)),
        },
    }
    Some(text)
}

/// Returns the table and its separator: the one in the first line `sep=`, else the most frequent
/// one in the titles.
fn without_separator(text: &str) -> (&str, u8) {
    const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    if let Some(told) = bare(first.trim_matches(['\r', ' '])).strip_prefix("sep=") {
        let told = told.bytes().next().unwrap_or(b'\t');
        return (rest, told);
    }
    let count = |delimiter: &u8| first.bytes().filter(|byte| byte == delimiter).count();
    // `max_by_key` returns the last of equal elements.
    let most = DELIMITERS.into_iter().rev().max_by_key(count);
    (text, most.unwrap_or(b','))
}

/// Returns a cell without blanks around it, and without quotes that a blank before them made part
/// of it.
fn bare(cell: &str) -> &str {
    cell.trim().trim_matches('"').trim()
}

#[cfg(test)]
mod tests {
    use super::parse;

    const AK: &str = "QTWAOYTTINDUT2QVKYUC";
    const SK: &str = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";

    #[test]
    fn every_layout_of_the_table_is_read() {
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
    fn tables_saved_by_a_spreadsheet_are_read() {
        let table = |separator: &str, titles: [&str; 2]| {
            let [ak, sk] = titles;
            format!(
                "User Name{separator}{ak}{separator}{sk}\r\nuser{separator}{AK}{separator}{SK}\r\n"
            )
        };
        let english = ["Access Key Id", "Secret Access Key"];
        let chinese = ["访问密钥ID", "秘密访问密钥"];
        let with_blanks = ["访问密钥 ID", "Secret\u{a0}access key "];
        let utf16 = |text: &str, read: fn(u16) -> [u8; 2]| {
            text.encode_utf16().flat_map(read).collect::<Vec<u8>>()
        };
        // Encoded with Python's codec `gbk`.
        let gbk = [
            b"\xd3\xc3\xbb\xa7\xc3\xfb,\xb7\xc3\xce\xca\xc3\xdc\xd4\xbfID,".as_slice(),
            b"\xc3\xd8\xc3\xdc\xb7\xc3\xce\xca\xc3\xdc\xd4\xbf\n\xd5\xc5,",
            format!("{AK},{SK}\n").as_bytes(),
        ]
        .concat();
        for bytes in [
            table(";", english).into_bytes(),
            table("\t", english).into_bytes(),
            table(",", chinese).into_bytes(),
            table(";", with_blanks).into_bytes(),
            format!("sep=;\r\n{}", table(";", english)).into_bytes(),
            format!("\u{feff}\"sep=,\"\n{}", table(",", chinese)).into_bytes(),
            format!("sep=\t\n{}", table("\t", english)).into_bytes(),
            utf16(&table("\t", english), u16::to_le_bytes),
            utf16(&table("\t", english), u16::to_be_bytes),
            utf16(&table("\t", chinese), u16::to_le_bytes),
            utf16(&table("\t", chinese), u16::to_be_bytes),
            utf16(
                &format!("\u{feff}{}", table("\t", chinese)),
                u16::to_le_bytes,
            ),
            utf16(
                &format!("\u{feff}{}", table(";", english)),
                u16::to_be_bytes,
            ),
            gbk,
        ] {
            let shown = String::from_utf8_lossy(&bytes).into_owned();
            let (ak, sk) = parse(&bytes[..]).expect(&shown);
            assert_eq!((ak.as_str(), sk.expose()), (AK, SK), "{shown}");
        }
    }

    #[test]
    fn other_files_are_refused_with_the_reason() {
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
        assert!(parse(&b"\xff\xfe\x00\xd8"[..]).is_err());
    }
}
