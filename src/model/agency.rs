//! Agencies: the roles of Huawei Cloud. An account lets somebody else act under one.

/// An agency that an identity assumes, and the terms of the key it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agency {
    /// Which agency.
    pub which: Which,
    /// What the temporary key is limited to.
    pub terms: Terms,
}

/// How the agency is named, which also decides which API is called. This is the rule of Huawei's
/// Terraform provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// An agency of IAM v3: its name, and the name of the account that owns it.
    Named {
        /// The agency's name.
        name: String,
        /// The account's name.
        domain: String,
    },
    /// An agency of IAM v5, by its URN: `iam::<account ID>:agency:<name>`.
    Urn(String),
}

/// The optional parts of a request to assume an agency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The session's name, which appears in the audit logs of the agency's account.
    pub session: Option<String>,
    /// The lifetime of the temporary key, in seconds.
    pub seconds: Option<u32>,
    /// A policy that limits the key further, as JSON.
    pub policy: Option<String>,
    /// The IDs of policies that limit the key further.
    pub policy_ids: Vec<String>,
    /// The external ID that the agency's trust policy requires.
    pub external_id: Option<String>,
}

/// The lifetime to request where none is set, in seconds.
pub const LIFETIME: u32 = 3600;

/// An agency as its single fields, from a file or from variables.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// The agency's name, or its URN.
    pub name: Option<String>,
    /// The name of the account that owns it.
    pub domain: Option<String>,
    /// The ID of that account.
    pub domain_id: Option<String>,
    /// The optional parts.
    pub terms: Terms,
}

impl Agency {
    /// Returns the agency that `parts` describe. A URN or an account ID means IAM v5, an account
    /// name means IAM v3, as in Huawei's Terraform provider.
    ///
    /// # Errors
    ///
    /// What is wrong with the parts, worded to follow the name of the variable or section that
    /// holds them.
    pub fn from_parts(parts: Parts) -> Result<Self, &'static str> {
        let Parts {
            name,
            domain,
            domain_id,
            terms,
        } = parts;
        let name = name.ok_or("names no agency")?;
        let which = match (name.contains(':'), domain, domain_id) {
            (true, None, None) => Which::Urn(name),
            (true, ..) => return Err("has a URN and an account too; the URN names the account"),
            (false, None, None) => return Err("does not say whose agency it is"),
            (false, Some(_), Some(_)) => return Err("has the account's name and its ID too"),
            (false, Some(domain), None) => Which::Named { name, domain },
            (false, None, Some(id)) => Which::Urn(format!("iam::{id}:agency:{name}")),
        };
        if let Which::Urn(urn) = &which
            && !is_urn(urn, "agency")
        {
            return Err("is not iam::<account>:agency:<name>");
        }
        terms.check(&which)?;
        Ok(Self { which, terms })
    }

    /// Returns the agency's name or URN.
    pub fn name(&self) -> &str {
        match &self.which {
            Which::Named { name, .. } => name,
            Which::Urn(urn) => urn,
        }
    }

    /// Returns every field that tells this agency from another, to be hashed.
    pub fn parts(&self) -> Vec<&str> {
        let mut parts = match &self.which {
            Which::Named { name, domain } => vec!["agency", name, domain],
            Which::Urn(urn) => vec!["agency URN", urn],
        };
        parts.extend(self.terms.parts());
        parts
    }
}

impl Terms {
    /// Checks the limits in the API references of IAM and STS.
    fn check(&self, which: &Which) -> Result<(), &'static str> {
        let is_v3 = matches!(which, Which::Named { .. });
        if is_v3 && (self.external_id.is_some() || !self.policy_ids.is_empty()) {
            return Err("has an external ID or policy IDs, which only agencies of IAM 5 take");
        }
        self.check_session(is_v3)?;
        let most = if is_v3 { 86_400 } else { 43_200 };
        if self
            .seconds
            .is_some_and(|seconds| !(900..=most).contains(&seconds))
        {
            return Err(
                "has a duration that is not from 900 seconds to 12 hours (IAM 3: 24 hours)",
            );
        }
        self.check_policies()
    }

    /// Checks the session's name.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check_session(&self, is_v3: bool) -> Result<(), &'static str> {
        let Some(session) = &self.session else {
            return Ok(());
        };
        let (lengths, others, why): (_, &[u8], _) = if is_v3 {
            (
                5..=64,
                b"-_",
                "has a session name that is not 5 to 64 letters, digits, `-` and `_`, the first a letter",
            )
        } else {
            (
                2..=128,
                b"_+=,.@-",
                "has a session name that is not 2 to 128 letters, digits and `_+=,.@-`",
            )
        };
        let is_right = lengths.contains(&session.len())
            && session
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || others.contains(&b))
            && (!is_v3 || session.as_bytes()[0].is_ascii_alphabetic());
        is_right.then_some(()).ok_or(why)
    }

    /// Checks the policies and the external ID.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn check_policies(&self) -> Result<(), &'static str> {
        if let Some(policy) = &self.policy {
            let is_object = serde_json::from_str::<serde_json::Value>(policy)
                .is_ok_and(|policy| policy.is_object());
            if !is_object || !(2..=4096).contains(&policy.chars().count()) {
                return Err("has a policy that is no JSON object of at most 4096 characters");
            }
        }
        let is_id = |id: &String| {
            (1..=64).contains(&id.len())
                && id
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        };
        if self.policy_ids.len() > 20 || !self.policy_ids.iter().all(is_id) {
            return Err("has policy IDs that are not at most 20 of letters, digits, `-` and `_`");
        }
        let is_long = |id: &String| !(2..=1224).contains(&id.chars().count());
        if self.external_id.as_ref().is_some_and(is_long) {
            return Err("has an external ID that is not 2 to 1224 characters");
        }
        Ok(())
    }

    /// Returns every field that tells one key from another, to be hashed. The lifetime is not one
    /// of them.
    pub fn parts(&self) -> Vec<&str> {
        let Self {
            session,
            seconds: _,
            policy,
            policy_ids,
            external_id,
        } = self;
        let texts = [session, policy, external_id];
        let mut parts: Vec<_> = texts
            .into_iter()
            .map(|text| text.as_deref().unwrap_or_default())
            .collect();
        parts.extend(policy_ids.iter().map(String::as_str));
        parts
    }
}

/// Whether `urn` is a URN of IAM v5 for a resource of this `kind`: `iam::<account>:<kind>:<name>`.
pub fn is_urn(urn: &str, kind: &str) -> bool {
    let mut parts = urn.splitn(5, ':');
    let mut next = || parts.next().unwrap_or_default();
    let is_account =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_name = |text: &str| {
        (1..=128).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_-+=,.@/".contains(&b))
    };
    next() == "iam" && next().is_empty() && is_account(next()) && next() == kind && is_name(next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agency(
        name: &str,
        domain: &str,
        domain_id: &str,
        terms: Terms,
    ) -> Result<Agency, &'static str> {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Agency::from_parts(Parts {
            name: given(name),
            domain: given(domain),
            domain_id: given(domain_id),
            terms,
        })
    }

    #[test]
    fn the_form_of_the_name_decides_the_api() {
        let which = |name, domain, id| agency(name, domain, id, Terms::default()).map(|a| a.which);
        assert_eq!(
            which("pull", "acme", ""),
            Ok(Which::Named {
                name: "pull".into(),
                domain: "acme".into()
            })
        );
        let urn = Ok(Which::Urn("iam::0a1b:agency:pull".into()));
        assert_eq!(which("pull", "", "0a1b"), urn);
        assert_eq!(which("iam::0a1b:agency:pull", "", ""), urn);
        for (name, domain, id) in [
            ("", "acme", ""),
            ("pull", "", ""),
            ("pull", "acme", "0a1b"),
            ("iam::0a1b:agency:pull", "acme", ""),
            ("iam::0a1b:oidcProvider:pull", "", ""),
            ("pull", "", "0a/1b"),
        ] {
            assert!(which(name, domain, id).is_err(), "{name} {domain} {id}");
        }
    }

    #[test]
    fn options_outside_the_limits_of_the_api_are_refused() {
        let with = |terms, v5| match v5 {
            true => agency("pull", "", "0a1b", terms).is_ok(),
            false => agency("pull", "acme", "", terms).is_ok(),
        };
        let session = |text: &str| Terms {
            session: Some(text.into()),
            ..Terms::default()
        };
        let seconds = |n| Terms {
            seconds: Some(n),
            ..Terms::default()
        };
        let policy = |text: &str| Terms {
            policy: Some(text.into()),
            ..Terms::default()
        };
        for (terms, v3, v5) in [
            (session("a-b_c"), true, true),
            (session("a+b@c"), false, true),
            (session("1-b_c"), false, true),
            (session("x"), false, false),
            (seconds(899), false, false),
            (seconds(900), true, true),
            (seconds(43_201), true, false),
            (seconds(86_401), false, false),
            (policy("{}"), true, true),
            (policy("[]"), false, false),
            (policy("{"), false, false),
            (
                Terms {
                    external_id: Some("ab".into()),
                    ..Terms::default()
                },
                false,
                true,
            ),
            (
                Terms {
                    external_id: Some("a".into()),
                    ..Terms::default()
                },
                false,
                false,
            ),
            (
                Terms {
                    policy_ids: vec!["a".into()],
                    ..Terms::default()
                },
                false,
                true,
            ),
            (
                Terms {
                    policy_ids: vec!["a b".into()],
                    ..Terms::default()
                },
                false,
                false,
            ),
        ] {
            assert_eq!(
                (with(terms.clone(), false), with(terms.clone(), true)),
                (v3, v5),
                "{terms:?}"
            );
        }
    }

    #[test]
    fn only_a_urn_of_the_right_kind_is_accepted() {
        assert!(is_urn("iam::0a1b2c:agency:swr-pull", "agency"));
        assert!(is_urn("iam::0a1b2c:oidcProvider:cluster_1", "oidcProvider"));
        for wrong in [
            "",
            "swr-pull",
            "iam::0a1b2c:agency:",
            "iam::0a1b2c:oidcProvider:x",
            "iam:cn-north-4:0a1b2c:agency:x",
            "iam::a/b:agency:x",
            "iam::0a1b2c:agency:x:y",
            "iam::0a1b2c:agency:x y",
            "sts::0a1b2c:agency:x",
        ] {
            assert!(!is_urn(wrong, "agency"), "{wrong}");
        }
    }
}
