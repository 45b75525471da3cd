//! Which images a pattern of `matchImages` matches. Source: `URLsMatch` in the kubelet's
//! `pkg/credentialprovider`.

/// Whether `pattern` matches `image`: the hosts have equally many labels and each matches, the
/// ports are equal or both missing, and the image's path starts with the pattern's.
pub fn matches(pattern: &str, image: &str) -> bool {
    let (authority, path) = split(pattern);
    let (image_authority, image_path) = split(image);
    let (host, port) = host_and_port(authority);
    let (image_host, image_port) = host_and_port(image_authority);
    let labels: Vec<_> = host.split('.').collect();
    let image_labels: Vec<_> = image_host.split('.').collect();
    let is_same = |(glob, label): (&&str, &&str)| glob_matches(glob, label);
    port == image_port
        && labels.len() == image_labels.len()
        && labels.iter().zip(&image_labels).all(is_same)
        && image_path.starts_with(path)
}

fn split(text: &str) -> (&str, &str) {
    let end = text.find('/').unwrap_or(text.len());
    text.split_at(end)
}

fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    }
}

/// Whether the glob matches the label. `*` stands for any text, including none.
fn glob_matches(glob: &str, label: &str) -> bool {
    let Some((start, rest)) = glob.split_once('*') else {
        return glob == label;
    };
    let Some(left) = label.strip_prefix(start) else {
        return false;
    };
    let boundaries = left.char_indices().map(|(at, _)| at).chain([left.len()]);
    boundaries
        .into_iter()
        .any(|at| glob_matches(rest, &left[at..]))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_matches_one_label_and_a_path_its_subpaths() {
        for (pattern, image) in [
            (
                "swr.*.myhuaweicloud.com",
                "swr.cn-north-4.myhuaweicloud.com/org/app",
            ),
            (
                "swr.*.myhuaweicloud.com:443",
                "swr.cn-north-4.myhuaweicloud.com:443/org/app",
            ),
            (
                "*.swr-pro.myhuaweicloud.com",
                "team-1a.swr-pro.myhuaweicloud.com",
            ),
            ("sw*.c*n*4.*.com", "swr.cn-north-4.myhuaweicloud.com/org"),
            ("a.example:5000/org", "a.example:5000/org/app"),
            ("a.example/or", "a.example/org"),
        ] {
            assert!(matches(pattern, image), "{pattern} {image}");
        }
        for (pattern, image) in [
            (
                "swr.*.myhuaweicloud.com",
                "swr.a.cn-north-4.myhuaweicloud.com/org",
            ),
            (
                "swr.*.myhuaweicloud.com",
                "swr.cn-north-4.myhuaweicloud.com.evil/org",
            ),
            (
                "swr.*.myhuaweicloud.com",
                "swr.cn-north-4.myhuaweicloud.com:443/org/app",
            ),
            ("*.com", "a.example.com"),
            ("a.example:5000", "a.example/org"),
            ("a.example:5000", "a.example:5001/org"),
            ("a.example/org", "a.example/other"),
            ("a*c.example", "ab.example"),
        ] {
            assert!(!matches(pattern, image), "{pattern} {image}");
        }
    }
}
