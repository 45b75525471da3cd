//! The direction of the source: each file uses only what is below it, by the table of layers in
//! docs/architecture.md, and no files use each other in a circle.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use syn::visit::Visit;
use syn::{Attribute, Item, ItemMod, UseTree};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn each_file_uses_only_what_is_below_it() {
    assert_eq!(source().wrong_arrows(&layers()), Vec::<String>::new());
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    assert_eq!(source().circles(), Vec::<Vec<String>>::new());
}

#[test]
fn the_table_and_the_source_have_the_same_rooms() {
    let (source, layers) = (source(), layers());
    let rooms: BTreeSet<_> = source
        .modules
        .keys()
        .filter_map(|path| path.first().cloned())
        .collect();
    let listed: BTreeSet<_> = layers
        .0
        .keys()
        .filter(|room| *room != "main")
        .cloned()
        .collect();
    assert_eq!(rooms, listed);
}

/// A newcomer reads a `get` from end to end in a few files.
#[test]
fn a_get_reads_in_at_most_fifteen_files() {
    let document = fs::read_to_string(Path::new(ROOT).join("docs/architecture.md")).unwrap();
    let section = document.split("## Reading a `get`").nth(1).unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let files: Vec<&str> = rows.filter_map(|row| row.split('`').nth(1)).collect();
    assert!((10..=15).contains(&files.len()), "{files:?}");
    for file in files {
        assert!(Path::new(ROOT).join("src").join(file).is_file(), "{file}");
    }
}

/// The width is that of the code. A table's row and an address cannot be wrapped.
#[test]
fn comments_wrap_at_one_width() {
    let mut long = Vec::new();
    for folder in ["src", "tests"] {
        for path in rust_files(&Path::new(ROOT).join(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            for (number, line) in (1..).zip(text.lines()) {
                let comment = line.trim_start();
                let is_fixed = comment.starts_with("//! |") || comment.contains("://");
                if comment.starts_with("//") && !is_fixed && line.chars().count() > 100 {
                    long.push(format!("{}:{number}", path.display()));
                }
            }
        }
    }
    assert_eq!(long, Vec::<String>::new());
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn source() -> &'static Source {
    static SOURCE: OnceLock<Source> = OnceLock::new();
    SOURCE.get_or_init(|| Source::read(&Path::new(ROOT).join("src")))
}

fn layers() -> Layers {
    let document = Path::new(ROOT).join("docs/architecture.md");
    Layers::read(&fs::read_to_string(document).unwrap())
}

/// What a file or a user is called may hold anything, so `console/` cleans every line.
#[test]
fn every_line_for_a_person_goes_through_the_console() {
    let ways_around = [
        "eprint",
        "println!",
        "stderr.write",
        "stdout.write",
        "!(stderr,",
        "!(stdio.",
    ];
    assert_eq!(lines_with(&ways_around, "console/"), Vec::<String>::new());
}

#[test]
fn xdg_folders_are_asked_for_in_one_place() {
    // A relative runtime folder is an error of its own for the bus.
    let past_the_rule = [
        ".path(\"XDG_CONFIG",
        ".path(\"XDG_STATE",
        ".path(\"XDG_DATA",
    ];
    assert_eq!(lines_with(&past_the_rule, "system/"), Vec::<String>::new());
}

/// Returns the lines of the source outside of `room`, its tests left out, that hold one of `texts`.
fn lines_with(texts: &[&str], room: &str) -> Vec<String> {
    let mut found = Vec::new();
    let files = source().modules.values().flatten();
    for file in files.filter(|file| !file.starts_with(room)) {
        let text = fs::read_to_string(Path::new(ROOT).join("src").join(file)).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for (number, line) in (1..).zip(code.lines()) {
            let is_comment = line.trim_start().starts_with("//");
            if !is_comment && texts.iter().any(|text| line.contains(text)) {
                found.push(format!("{file}:{number}: {line}"));
            }
        }
    }
    found
}

/// A check that cannot fail holds nothing: each fault is planted once.
#[test]
fn planted_faults_are_found() {
    let layers = Layers::read(
        "| layer | rooms |\n|---|---|\n| 1 | `main` |\n| 2 | `upper`, `beside` |\n| 3 | `lower` |\n",
    );
    let planted = |lower: &str, upper: &str| {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("lib.rs", "pub mod upper; pub mod beside; pub mod lower;"),
            ("main.rs", "fn main() { sample::upper::run() }"),
            ("upper.rs", upper),
            ("beside.rs", "pub fn stand() {}"),
            ("lower/mod.rs", lower),
            ("lower/inner.rs", "pub struct Inner;"),
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let source = Source::read(folder.path());
        (source.wrong_arrows(&layers), source.circles())
    };
    let below = "use crate::lower::inner::Inner; pub fn run() { let _ = Inner; }";
    let (arrows, circles) = planted("mod inner; pub use inner::Inner;", below);
    assert_eq!((arrows.len(), circles.len()), (0, 0));
    for upwards in [
        "mod inner; use crate::upper::run;",
        "mod inner; fn f() { crate::upper::run() }",
        "mod inner; fn f() { super::upper::run() }",
        "mod inner; use crate::{upper::run, lower::inner};",
    ] {
        let (arrows, circles) = planted(upwards, below);
        assert_eq!(arrows, ["lower/mod.rs uses upper.rs"], "{upwards}");
        assert_eq!(circles.len(), 0, "{upwards}");
    }
    let (arrows, _) = planted("mod inner;", "use crate::beside::stand;");
    assert_eq!(arrows, ["upper.rs uses beside.rs"]);
    let (_, circles) = planted(
        "mod inner; pub use inner::Inner; use crate::upper::run;",
        "use crate::lower::Inner;",
    );
    assert_eq!(circles, [["lower/mod.rs", "upper.rs"]]);
    let tests_are_left_out = "mod inner; #[cfg(test)] mod tests { use crate::upper::run; }";
    assert_eq!(planted(tests_are_left_out, below).0, Vec::<String>::new());
}

/// The number of each room's row: an arrow goes to a higher one.
struct Layers(BTreeMap<String, usize>);

impl Layers {
    /// Reads the table whose first column is called `layer`; its second has the rooms in backticks.
    fn read(document: &str) -> Self {
        let rows = document
            .lines()
            .skip_while(|line| !line.starts_with("| layer |"))
            .skip(2)
            .take_while(|line| line.starts_with('|'));
        let mut layers = BTreeMap::new();
        for (number, row) in rows.enumerate() {
            let rooms = row.split('|').nth(2).unwrap();
            for room in rooms.split('`').skip(1).step_by(2) {
                layers.insert(room.trim_end_matches('/').to_owned(), number);
            }
        }
        assert!(!layers.is_empty(), "there is no table of layers");
        Self(layers)
    }

    fn of(&self, file: &str) -> usize {
        let room = file.split(['/', '.']).next().unwrap();
        *self
            .0
            .get(room)
            .unwrap_or_else(|| panic!("{file} is in no layer"))
    }
}

/// The files of a crate, and which of them each uses. Names are relative to the source folder.
struct Source {
    /// The files of each module; more than one where platforms have their own.
    modules: BTreeMap<Vec<String>, Vec<String>>,
    uses: BTreeMap<String, BTreeSet<String>>,
}

impl Source {
    fn read(folder: &Path) -> Self {
        let mut source = Self {
            modules: BTreeMap::new(),
            uses: BTreeMap::new(),
        };
        let mut files = Vec::new();
        source.find_modules(folder, "lib.rs", &[], &mut files);
        for (file, module) in files {
            let parsed = parsed(&folder.join(&file));
            let mut paths = Paths::default();
            paths.visit_file(&parsed);
            let used = paths
                .0
                .iter()
                .filter_map(|path| source.resolved(&module, path));
            let used: BTreeSet<String> = used
                .flatten()
                .filter(|used| **used != file)
                .cloned()
                .collect();
            // The crate's root only lists its rooms.
            if file != "lib.rs" {
                source.uses.insert(file, used);
            }
        }
        source
    }

    /// Follows `mod name;` from `file`, which is the module `path`.
    fn find_modules(
        &mut self,
        folder: &Path,
        file: &str,
        path: &[String],
        files: &mut Vec<(String, Vec<String>)>,
    ) {
        files.push((file.to_owned(), path.to_vec()));
        let file_path = PathBuf::from(file);
        let stem = file_path.file_stem().unwrap().to_str().unwrap();
        let parent = file_path.parent().unwrap();
        let children = match stem {
            "lib" | "mod" => parent.to_owned(),
            _ => parent.join(stem),
        };
        for item in parsed(&folder.join(file)).items {
            let Item::Mod(ItemMod {
                ident,
                attrs,
                content: None,
                ..
            }) = item
            else {
                continue;
            };
            if is_for_tests(&attrs) {
                continue;
            }
            let name = ident.to_string();
            let usual = [
                children.join(format!("{name}.rs")),
                children.join(&name).join("mod.rs"),
            ];
            let named = paths_in(&attrs).into_iter().map(|path| parent.join(path));
            let mut module = path.to_vec();
            module.push(name);
            for child in named
                .chain(usual)
                .filter(|child| folder.join(child).is_file())
            {
                let child = child.to_str().unwrap().to_owned();
                let known = self.modules.entry(module.clone()).or_default();
                if !known.contains(&child) {
                    known.push(child.clone());
                    self.find_modules(folder, &child, &module, files);
                }
            }
        }
    }

    /// Returns the files of the innermost module that `path`, written in `module`, leads to.
    fn resolved(&self, module: &[String], path: &[String]) -> Option<&Vec<String>> {
        let mut full = match path.first()?.as_str() {
            "crate" => Vec::new(),
            "self" => module.to_vec(),
            "super" => module.split_last()?.1.to_vec(),
            child => {
                let mut inner = module.to_vec();
                inner.push(child.to_owned());
                // Any other crate, or an item of this very file.
                self.modules.get(&inner)?;
                module.to_vec()
            }
        };
        let is_keyword = |word: &String| matches!(word.as_str(), "crate" | "self" | "super");
        for word in &path[usize::from(is_keyword(&path[0]))..] {
            match word.as_str() {
                "super" => drop(full.pop()),
                _ => {
                    full.push(word.clone());
                    if !self.modules.contains_key(&full) {
                        full.pop();
                        break;
                    }
                }
            }
        }
        self.modules.get(&full)
    }

    /// Returns the arrows that do not go down.
    fn wrong_arrows(&self, layers: &Layers) -> Vec<String> {
        let mut wrong = Vec::new();
        for (file, uses) in &self.uses {
            for used in uses {
                let room = |file: &str| file.split(['/', '.']).next().unwrap().to_owned();
                let is_inside = room(file) == room(used);
                if !is_inside && layers.of(used) <= layers.of(file) {
                    wrong.push(format!("{file} uses {used}"));
                }
            }
        }
        wrong
    }

    /// Returns the sets of files of which each leads to each other one.
    fn circles(&self) -> Vec<Vec<String>> {
        let reach: BTreeMap<&String, BTreeSet<&String>> = self
            .uses
            .keys()
            .map(|file| (file, self.reached_from(file)))
            .collect();
        let mut circles = BTreeSet::new();
        for (file, reached) in &reach {
            if reached.contains(*file) {
                let circle = reached
                    .iter()
                    .filter(|other| reach[**other].contains(*file));
                circles.insert(circle.map(|file| (*file).clone()).collect::<Vec<_>>());
            }
        }
        circles.into_iter().collect()
    }

    fn reached_from(&self, file: &String) -> BTreeSet<&String> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&String> = self.uses[file].iter().collect();
        while let Some(next) = open.pop() {
            if reached.insert(next) {
                open.extend(self.uses.get(next).into_iter().flatten());
            }
        }
        reached
    }
}

fn parsed(path: &Path) -> syn::File {
    syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap()
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text = match &attribute.meta {
            syn::Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string(),
            _ => return false,
        };
        text == "test" || text.starts_with("all (test") || text.starts_with("all(test")
    })
}

/// Returns the files that `#[path = ".."]` and `#[cfg_attr(.., path = "..")]` name.
fn paths_in(attributes: &[Attribute]) -> Vec<String> {
    let mut paths = Vec::new();
    for attribute in attributes {
        let text = match &attribute.meta {
            syn::Meta::List(list) if list.path.is_ident("cfg_attr") => list.tokens.to_string(),
            syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(path),
                    ..
                }) => format!("path = \"{}\"", path.value()),
                _ => continue,
            },
            _ => continue,
        };
        if let Some((_, path)) = text.rsplit_once("path = \"") {
            paths.push(path.trim_end_matches(['"', ' ', ',']).to_owned());
        }
    }
    paths
}

/// Every path in a file, in `use` and elsewhere, tests left out.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_for_tests(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    /// `pub(super)` says who may look, and looks at nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.add(&mut Vec::new(), &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let words = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        let words: Vec<_> = words.collect();
        // `self` alone is a value.
        if words != ["self"] {
            self.0.push(words);
        }
        syn::visit::visit_path(self, path);
    }
}

impl Paths {
    fn add(&mut self, start: &mut Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                start.push(path.ident.to_string());
                self.add(start, &path.tree);
                start.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add(start, tree);
                }
            }
            UseTree::Name(name) => self.push(start, &name.ident.to_string()),
            UseTree::Rename(rename) => self.push(start, &rename.ident.to_string()),
            UseTree::Glob(_) => self.0.push(start.clone()),
        }
    }

    fn push(&mut self, start: &[String], word: &str) {
        let mut path = start.to_vec();
        if word != "self" {
            path.push(word.to_owned());
        }
        self.0.push(path);
    }
}
