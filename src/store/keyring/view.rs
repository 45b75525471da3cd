//! What a look at the collections of a keyring shows.

/// The collections, and in each the items with the attributes that were searched for.
pub(super) struct View {
    /// The collection that new items go to.
    pub(super) default: Option<String>,
    pub(super) collections: Vec<Collection>,
}

/// One collection.
pub(super) struct Collection {
    pub(super) path: String,
    pub(super) is_locked: bool,
    /// Those with the attributes; of a locked collection as far as its daemon shows them.
    pub(super) items: Vec<String>,
}

impl View {
    /// Returns the items whose collection is not locked.
    pub(super) fn items(&self) -> Vec<&str> {
        let open = self
            .collections
            .iter()
            .filter(|collection| !collection.is_locked);
        open.flat_map(Collection::items).collect()
    }

    /// Returns the collections that are locked.
    pub(super) fn locked(&self) -> impl Iterator<Item = &Collection> {
        self.collections
            .iter()
            .filter(|collection| collection.is_locked)
    }

    /// Whether no collection is locked.
    pub(super) fn is_open(&self) -> bool {
        self.locked().next().is_none()
    }

    /// Whether there is something to read, or surely nothing.
    pub(super) fn is_enough_to_read(&self) -> bool {
        self.is_open() || !self.items().is_empty()
    }

    /// Whether the collection that new items go to is locked.
    pub(super) fn is_default_locked(&self) -> bool {
        self.locked()
            .any(|collection| Some(&collection.path) == self.default.as_ref())
    }
}

impl Collection {
    /// Returns the paths of its items.
    pub(super) fn items(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(String::as_str)
    }
}
