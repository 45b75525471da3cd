//! The names of slots.

/// The account for every SWR registry that has nothing more specific.
pub const DEFAULT_ACCOUNT: &str = "default";

/// The name of a slot: a registry or an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// A registry, by its address in lower case, with its port unless that is 443.
    Registry(String),
    /// An account, by name.
    Account(String),
}

impl Slot {
    const ACCOUNT_PREFIX: &str = "account/";

    /// Returns the name of the slot in a store. The address of a registry never holds a slash.
    pub fn name(&self) -> String {
        match self {
            Self::Registry(address) => address.clone(),
            Self::Account(account) => format!("{}{account}", Self::ACCOUNT_PREFIX),
        }
    }

    /// Parses the name of a slot in a store.
    pub fn of_name(name: &str) -> Self {
        match name.strip_prefix(Self::ACCOUNT_PREFIX) {
            Some(account) => Self::Account(account.to_owned()),
            None => Self::Registry(name.to_owned()),
        }
    }

    /// Returns the slot in words, for messages.
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
    fn a_slot_is_found_again_by_its_name() {
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
