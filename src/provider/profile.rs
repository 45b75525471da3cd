//! The provider `profile`: the file of Huawei's SDK, `~/.huaweicloud/credentials`.

use std::io::ErrorKind;
use std::path::Path;

use ini::Ini;
use zeroize::Zeroizing;

use super::error::{ProfileProblem, ProviderError};
use super::outside::{credential, huawei_clouds, identity, serves};
use crate::login::Request;
use crate::model::identity::{Credential, Identity, Source};
use crate::model::secret::Secret;
use crate::system::error::SystemError;
use crate::system::open::{self, Demand};

/// The section that the SDK reads keys of a project from.
const SECTION: &str = "basic";

/// The most that is read, in bytes.
const SIZE_LIMIT: u64 = 1024 * 1024;

/// The variable that names another file.
const VARIABLE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";

pub(super) fn find(request: &Request<'_>) -> Result<Option<Credential>, ProviderError> {
    if !serves(request, &huawei_clouds(request.environment)?) {
        return Ok(None);
    }
    let named = request.environment.path(VARIABLE);
    let is_named = named.is_some();
    let usual = || Some(request.environment.home()?.join(".huaweicloud/credentials"));
    let Some(path) = named.or_else(usual) else {
        return Ok(None);
    };
    let home = request.environment.home();
    match read(&path, is_named, home.as_deref())? {
        Some(identity) => {
            credential(request, identity, "HW_PROJECT_NAME", Source::Elsewhere).map(Some)
        }
        None => Ok(None),
    }
}

/// A file that was named must be there: the next provider might hold another identity.
fn read(
    path: &Path,
    is_named: bool,
    home: Option<&Path>,
) -> Result<Option<Identity>, ProviderError> {
    let text = match open::read_text(path, SIZE_LIMIT, Demand::Decides { home }) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && !is_named => return Ok(None),
        Err(source) => return Err(SystemError::file("read", path, source).into()),
    };
    parse(&text).map_err(|why| ProviderError::Profile {
        path: path.to_owned(),
        why,
    })
}

/// Returns who the text of a profile file says that its user is; `None` where it names nobody.
///
/// # Errors
///
/// Why it is no profile, or only half of one; without a word of it.
pub fn parse(text: &str) -> Result<Option<Identity>, ProfileProblem> {
    // A backslash is no escape to Python's configparser, which the SDK reads the file with. The parser here would still
    // join the next line to one that ends in it, but not at a carriage return.
    let text = Zeroizing::new(text.replace("\\\n", "\\\r\n"));
    let ini = Ini::load_from_str_noescape(&text).map_err(|_| ProfileProblem::NotIni)?;
    let Some(section) = ini.section(Some(SECTION)) else {
        return Ok(None);
    };
    let value = |name: &str| {
        let found = section
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found
            .map(|(_, value)| Secret::from(value.trim()))
            .filter(|value| !value.is_empty())
    };
    if value("idp_id").is_some() || value("id_token_file").is_some() {
        return Err(ProfileProblem::IdentityProvider);
    }
    match (value("ak"), value("sk")) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(ProfileProblem::AkAlone),
        (None, Some(_)) => Err(ProfileProblem::SkAlone),
        (Some(ak), Some(sk)) => Ok(Some(identity(&ak, sk, value("security_token"))?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_the_sdk_reads_them() {
        let found =
            parse("# mine\n[global]\nak = no\n[basic]\nAK = AKAK\nsk: SKSK\n").expect("a profile");
        assert!(
            matches!(found, Some(Identity::Key(key)) if key.ak == "AKAK" && key.sk.expose() == "SKSK")
        );
        let found = parse("[basic]\nak=A\nsk=S\nsecurity_token=T\\n/+=\n").expect("a profile");
        assert!(
            matches!(found, Some(Identity::TemporaryKey(key)) if key.security_token.expose() == "T\\n/+=")
        );
        let found =
            parse("[basic]\n; in C:\\\nak=A\nsk=S\nsecurity_token=T\\\nx=y\\").expect("a profile");
        assert!(
            matches!(found, Some(Identity::TemporaryKey(key)) if key.security_token.expose() == "T\\")
        );
        for nothing in ["", "[global]\nak=A\nsk=S\n", "[basic]\nak=\nsk=\n"] {
            assert!(parse(nothing).expect("a profile").is_none(), "{nothing}");
        }
    }

    #[test]
    fn what_is_half_filled_is_told() {
        for wrong in [
            "[basic]\nak=A\n",
            "[basic]\nsk=S\n",
            "[basic]\nak=A-\nsk=S\n",
            "[basic]\nak=A\nsk=S\\\nS\n",
            "[basic\n",
            "[basic]\nak=A\nsk=S\nidp_id=x\n",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
