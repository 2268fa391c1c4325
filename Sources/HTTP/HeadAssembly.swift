/// Puts heads together that come field by field, as HTTP/2 delivers them (RFC 9113 8.2), for a ``ResponseParser`` to show.
///
///     assembly.begin()
///     assembly.take(name, value, selecting: fields)   // false once the head is too long
///     parser.show(assembly.finish(), of: assembly)
///
/// It keeps all heads since ``removeAll()``, one after the other, in memory that it uses again; of each all fields, or those alone that
/// are read.
public struct HeadAssembly: ~Copyable {
  /// One head, whose bytes are in the assembly.
  public struct Head {
    /// 0 where it has no status, as trailers.
    public internal(set) var status = 0
    var start = 0
    var count = 0
    var selected: (start: (Int32, Int32), length: (Int32, Int32)) = ((0, 0), (-1, -1))
    var origin = OriginFields()
    /// Whether its `Content-Type` is that of gRPC; `nil` where it has none.
    var isGRPC: Bool?
    /// The value of `grpc-status`; of several the first that is an error.
    var grpcStatus: GRPCStatus?
    /// Where the value of `grpc-message` is; a length of -1 where there is none.
    var grpcMessage: (start: Int32, length: Int32) = (0, -1)
    /// How long it is with all of its fields.
    var length = 0
  }

  private var bytes: UnsafeMutableRawPointer
  private var capacity: Int
  private var count = 0
  private var head = Head()
  private let keepsAll: Bool
  /// Whether a head has begun and not ended.
  public private(set) var isOpen = false

  /// - Parameter keepsAll: whether heads are to be shown whole; else only the selected fields and `Location` are kept.
  public init(keepsAll: Bool = true) {
    self.keepsAll = keepsAll
    capacity = 4_096
    bytes = .allocate(byteCount: capacity, alignment: 1)
  }

  deinit { bytes.deallocate() }

  public mutating func begin() {
    head = Head()
    head.start = count
    isOpen = true
    append("HTTP/2 000\r\n")
  }

  /// Takes the next field.
  ///
  /// - Returns: `false` where it would be longer than ``ResponseParser/headLimit``.
  @inline(__always)
  public mutating func take(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, selecting fields: borrowing FieldSelection
  ) -> Bool {
    guard isOpen else { return false }
    guard name.first != UInt8(ascii: ":") else {
      readPseudo(name, value)
      return true
    }
    head.length += name.count + value.count + 4
    guard head.length <= ResponseParser.headLimit - 16 else { return false }
    if name.count == 11, equals(name, lowercase: "grpc-status"), (head.grpcStatus ?? .ok) == .ok {
      head.grpcStatus = GRPCStatus(field: value)
    }
    if name.count == 12, equals(name, lowercase: "content-type") { head.isGRPC = GRPCAnswer.isContent(type: value) }
    let isMessage = name.count == 12 && equals(name, lowercase: "grpc-message")
    let slot = fields.slot(of: name)
    guard keepsAll || slot != nil || isMessage || name.count == 8 && equals(name, lowercase: "location") else {
      // Of the others only what they show counts.
      head.origin.note(name, value, at: 0)
      return true
    }
    reserve(name.count + value.count + 6)
    append(name)
    append(": ")
    let offset = count - head.start
    append(value)
    append("\r\n")
    let kept = UnsafeRawBufferPointer(start: bytes + head.start + offset, count: value.count)
    head.origin.note(name, kept, at: offset)
    if isMessage { head.grpcMessage = (Int32(offset), Int32(value.count)) }
    switch slot {
    case 0: (head.selected.start.0, head.selected.length.0) = (Int32(offset), Int32(value.count))
    case 1: (head.selected.start.1, head.selected.length.1) = (Int32(offset), Int32(value.count))
    default: break
    }
    return true
  }

  /// Ends the head.
  public mutating func finish() -> Head {
    append("\r\n")
    head.count = count - head.start
    isOpen = false
    return head
  }

  /// Gives the open head up.
  public mutating func abandon() { isOpen = false }

  /// Forgets all heads.
  public mutating func removeAll() {
    count = 0
    isOpen = false
  }

  /// Takes the open head out, to go on with it later; `nil` where none is open.
  public mutating func takeOpen() -> Unfinished? {
    guard isOpen else { return nil }
    let length = count - head.start
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, length), alignment: 1)
    copy.copyMemory(from: UnsafeRawBufferPointer(start: bytes + head.start, count: length))
    isOpen = false
    count = head.start
    return Unfinished(head: head, bytes: copy, count: length)
  }

  /// Goes on with a head that was taken out, and deallocates it.
  public mutating func goOn(with unfinished: Unfinished) {
    head = unfinished.head
    head.start = count
    isOpen = true
    append(UnsafeRawBufferPointer(rebasing: unfinished.bytes[..<unfinished.count]))
    unfinished.deallocate()
  }

  /// A head that has not ended; its owner has to deallocate it, or to go on with it.
  public struct Unfinished {
    fileprivate let head: Head
    fileprivate let bytes: UnsafeMutableRawBufferPointer
    fileprivate let count: Int

    public func deallocate() { bytes.deallocate() }
  }

  /// The bytes of a head; valid until the assembly is changed.
  func bytes(of head: Head) -> UnsafeMutableRawPointer { bytes + head.start }

  /// The first bytes of a head's `grpc-message`, as they came; empty where it has none.
  func grpcMessage(of head: Head, atMost most: Int) -> [UInt8] {
    guard head.grpcMessage.length > 0 else { return [] }
    let start = bytes + head.start + Int(head.grpcMessage.start)
    return Array(UnsafeRawBufferPointer(start: start, count: min(most, Int(head.grpcMessage.length))))
  }

  private mutating func readPseudo(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    guard equals(name, lowercase: ":status"), value.count == 3, value.allSatisfy({ $0 &- 0x30 < 10 }) else { return }
    head.status = value.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    for index in 0..<3 { (bytes + head.start + 7 + index).storeBytes(of: value[index], as: UInt8.self) }
  }

  @inline(__always)
  private mutating func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  @inline(__always)
  private mutating func append(_ added: UnsafeRawBufferPointer) {
    guard !added.isEmpty else { return }
    reserve(added.count)
    (bytes + count).copyMemory(from: added.baseAddress!, byteCount: added.count)
    count += added.count
  }

  @inline(__always)
  private mutating func reserve(_ more: Int) {
    if count + more > capacity { grow(to: count + more) }
  }

  private mutating func grow(to needed: Int) {
    while capacity < needed { capacity *= 2 }
    let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 1)
    larger.copyMemory(from: bytes, byteCount: count)
    bytes.deallocate()
    bytes = larger
  }
}

extension ResponseParser {
  /// Shows a head that came field by field as if it had been read; it stays readable until the assembly is changed.
  @inline(__always)
  public mutating func show(_ head: HeadAssembly.Head, of assembly: borrowing HeadAssembly) {
    status = head.status
    selected = head.selected
    origin = head.origin
    setHead(assembly.bytes(of: head), head.count)
  }
}
