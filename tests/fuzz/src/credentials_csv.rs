//! credentials.csv: a key that is taken from it stands in it, and is read again however the table
//! is written.

use docker_credential_swr::config::credentials_csv::parse;
use docker_credential_swr::model::access_key::AccessKey;

/// Holds for any bytes in the file.
pub fn holds(input: &[u8]) {
    let (ak, sk) = match parse(input) {
        Ok(found) => found,
        Err(why) => return super::is_one_line(why),
    };
    let Ok(key) = AccessKey::checked(&ak, sk) else {
        return;
    };
    let (ak, sk) = (key.ak.as_str(), key.sk.expose());
    // UTF-16 has a zero beside each of these.
    let unquoted: Vec<u8> = input
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'"' | 0))
        .collect();
    for part in [ak, sk] {
        assert!(part.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !part.is_empty());
        let there = unquoted
            .windows(part.len())
            .any(|place| place == part.as_bytes());
        assert!(there, "a part that nobody wrote");
    }
    for table in [
        format!("User Name,Access Key Id,Secret Access Key\r\nme,{ak},{sk}\r\n"),
        format!("\u{feff}\"Secret Access Key\",\"Access Key Id\"\n\"{sk}\",\"{ak}\"\n\n"),
        format!("access key id , x, SECRET ACCESS KEY\n {ak} ,, {sk}"),
    ] {
        let (again, secret) = parse(table.as_bytes()).expect("a table");
        assert_eq!((again.as_str(), secret.expose()), (ak, sk));
    }
}
