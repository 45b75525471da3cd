//! The names of records.

/// The account that serves every SWR-shaped registry for which nothing more specific is set.
pub const DEFAULT_ACCOUNT: &str = "default";

/// The name of one record: a registry's host, or an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// The record of a registry, by its address in lower case, with its port unless that is 443.
    Registry(String),
    /// The record of an account, by its name.
    Account(String),
}

impl Slot {
    const ACCOUNT_PREFIX: &str = "account/";

    /// Returns the slot's name in a store. No registry's address holds a slash.
    pub fn name(&self) -> String {
        match self {
            Self::Registry(address) => address.clone(),
            Self::Account(account) => format!("{}{account}", Self::ACCOUNT_PREFIX),
        }
    }

    /// Returns the slot that `name` stands for in a store.
    pub fn of_name(name: &str) -> Self {
        match name.strip_prefix(Self::ACCOUNT_PREFIX) {
            Some(account) => Self::Account(account.to_owned()),
            None => Self::Registry(name.to_owned()),
        }
    }

    /// Returns the slot in words.
    pub fn described(&self) -> String {
        match self {
            Self::Registry(address) => format!("`{address}`"),
            Self::Account(account) => format!("the account `{account}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Slot;

    #[test]
    fn a_slot_is_its_name() {
        for slot in [
            Slot::Registry("localhost:5000".into()),
            Slot::Account("default".into()),
        ] {
            assert_eq!(Slot::of_name(&slot.name()), slot);
        }
        assert_ne!(
            Slot::Registry("default".into()).name(),
            Slot::Account("default".into()).name()
        );
    }
}
