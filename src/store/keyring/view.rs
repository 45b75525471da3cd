//! The collections of a keyring, as seen in one look.

/// The collections, each with the items that have the attributes of the search.
pub(super) struct View {
    /// The collection for new items.
    pub(super) default: Option<String>,
    pub(super) collections: Vec<Collection>,
}

/// One collection.
pub(super) struct Collection {
    pub(super) path: String,
    pub(super) is_locked: bool,
    /// The items with the attributes. Of a locked collection, those that its daemon shows.
    pub(super) items: Vec<String>,
}

impl View {
    /// Returns the items in unlocked collections.
    pub(super) fn items(&self) -> Vec<&str> {
        let open = self
            .collections
            .iter()
            .filter(|collection| !collection.is_locked);
        open.flat_map(Collection::items).collect()
    }

    /// Returns the locked collections.
    pub(super) fn locked(&self) -> impl Iterator<Item = &Collection> {
        self.collections
            .iter()
            .filter(|collection| collection.is_locked)
    }

    /// Whether no collection is locked.
    pub(super) fn is_open(&self) -> bool {
        self.locked().next().is_none()
    }

    /// Whether an item can be read, or there surely is none.
    pub(super) fn is_enough_to_read(&self) -> bool {
        self.is_open() || !self.items().is_empty()
    }

    /// Whether the collection for new items is locked.
    pub(super) fn is_default_locked(&self) -> bool {
        self.locked()
            .any(|collection| Some(&collection.path) == self.default.as_ref())
    }
}

impl Collection {
    /// Returns the paths of the items.
    pub(super) fn items(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(String::as_str)
    }
}
