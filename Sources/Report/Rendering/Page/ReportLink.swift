/// A link from one report to another.
enum ReportLink {
  /// Whether a folder's name can stand in a link as it is, and leads to no other place.
  static func isSafe(_ folder: String) -> Bool {
    !folder.isEmpty && folder.first != "."
      && folder.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
