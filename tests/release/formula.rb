# Evaluates a formula as Homebrew does for each system, and prints what it would fetch: a system, an address, a checksum.
#
#     formula.rb FILE

SYSTEMS = [[:macos, :arm], [:macos, :intel], [:linux, :arm], [:linux, :intel]].freeze

# What Homebrew gives a formula, as far as ours uses it.
class Formula
  class << self
    def desc(text)
      raise "the description is too long" if text.length > 80
    end

    def homepage(address)
      raise "no address: #{address}" unless address.start_with?("https://")
    end

    def version(text)
      raise "no version: #{text}" unless text.match?(/\A\d/)
    end

    def license(any_of:)
      raise "no licence" if any_of.empty?
    end

    def test; end

    def on_macos
      yield if $system[0] == :macos
    end

    def on_linux
      yield if $system[0] == :linux
    end

    def on_arm
      yield if $system[1] == :arm
    end

    def on_intel
      yield if $system[1] == :intel
    end

    def url(address)
      print $system.join("-"), " ", address
    end

    def sha256(sum)
      puts " #{sum}"
    end
  end
end

SYSTEMS.each do |system|
  $system = system
  load ARGV[0]
end
