extension Fingerprint {
  /// The backends whose tries failed before one answered, by a value, in their order; read as the traffic's are.
  public static func tried(in value: String, listing list: BackendList = .automatic) -> [String] {
    var value = value
    return value.withUTF8 { bytes in
      failed(in: read(UnsafeRawBufferPointer(bytes), listing: list).earlier).map { text($0) }
    }
  }
}
