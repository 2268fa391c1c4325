/// The options of `init` beside the target's.
struct InitOptions: Sendable, Equatable {
  /// The first file of nginx, or what `nginx -T` prints.
  var nginxFile: String?
  var haproxyFile: String?
  /// The file to write; `nil` for `Profiles/<host>.json5`.
  var file: String?
  /// Whether a file that is there is replaced.
  var replaces = false
}
