# Made for each release from its checksums.
class DockerCredentialSwr < Formula
  desc "Docker credential helper for Huawei Cloud's SWR"
  homepage "@HOMEPAGE@"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@ADDRESS@/docker-credential-swr-@VERSION@-aarch64-apple-darwin"
      sha256 "@SHA256:aarch64-apple-darwin@"
    end
    on_intel do
      url "@ADDRESS@/docker-credential-swr-@VERSION@-x86_64-apple-darwin"
      sha256 "@SHA256:x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@ADDRESS@/docker-credential-swr-@VERSION@-aarch64-unknown-linux-musl"
      sha256 "@SHA256:aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "@ADDRESS@/docker-credential-swr-@VERSION@-x86_64-unknown-linux-musl"
      sha256 "@SHA256:x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install Dir["docker-credential-swr-*"].first => "docker-credential-swr"
    chmod 0755, bin/"docker-credential-swr"
    generate_completions_from_executable(bin/"docker-credential-swr", "completion")
    system bin/"docker-credential-swr", "man", man1
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/docker-credential-swr version")
  end
end
