// Package version says which release this is.
//
//	version → result, log line, User-Agent header, --version
//
// It is a constant and not a stamp of the build, so that a build from the same sources gives the same bytes. The first
// heading of .github/CHANGELOG.md repeats it.
package version

// Version of this software, by https://semver.org: what is documented in README does not change within a major version.
const Version = "0.1.0"
