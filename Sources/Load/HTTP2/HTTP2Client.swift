internal import Glibc
internal import HTTP

/// What one worker's or probe's connections of HTTP/2 share. It is used by one thread at a time.
///
/// It consists of pointers, so that a copy costs nothing; its owner deallocates it, after all sessions.
struct HTTP2Client {
  /// What is still to be sent of one request's content.
  struct Upload {
    var stream: Int32 = 0
    var bytes: UnsafeRawPointer?
    var left = 0
  }

  let inbox: UnsafeMutablePointer<HTTP2Inbox>
  private let library: UnsafePointer<NGHTTP2>
  private let callbacks: OpaquePointer
  /// Gathers frames before they are sent.
  private let output: UnsafeMutableRawBufferPointer
  /// One for each exchange.
  private let uploads: UnsafeMutablePointer<Upload>

  private static let outputSize = 65_536

  /// - Parameters:
  ///   - fields: the fields of answers that are read.
  ///   - exchanges: how many there may be.
  ///   - keepsHeads: whether heads are read whole, as for their cookies.
  /// - Throws: ``LoadError`` where there is no libnghttp2, or no memory for it.
  init(selecting fields: consuming FieldSelection, exchanges: Int, keepsHeads: Bool = true) throws(LoadError) {
    library = try NGHTTP2.library()
    guard let callbacks = HTTP2Inbox.callbacks(library) else {
      throw .generatorLimit("this machine has no memory for HTTP/2")
    }
    self.callbacks = callbacks
    inbox = .allocate(capacity: 1)
    inbox.initialize(to: HTTP2Inbox(selecting: fields, keepsHeads: keepsHeads, library))
    output = .allocate(byteCount: Self.outputSize, alignment: 64)
    uploads = .allocate(capacity: exchanges)
    uploads.initialize(repeating: Upload(), count: exchanges)
  }

  func deallocate() {
    library.pointee.callbacks.delete(callbacks)
    inbox.deinitialize(count: 1)
    inbox.deallocate()
    output.deallocate()
    uploads.deallocate()
  }

  /// Begins HTTP/2 on a connection that is open; ``close(_:)`` releases it.
  ///
  /// - Returns: `nil` where there is no memory for it.
  func open() -> UnsafeMutablePointer<HTTP2Session>? {
    guard let session = HTTP2Session(library, callbacks: callbacks, to: inbox) else { return nil }
    let pointer = UnsafeMutablePointer<HTTP2Session>.allocate(capacity: 1)
    pointer.initialize(to: session)
    return pointer
  }

  static func close(_ session: UnsafeMutablePointer<HTTP2Session>) {
    session.deinitialize(count: 1)
    session.deallocate()
  }

  /// Submits a request; its bytes have to stay where they are until it has been sent.
  ///
  /// - Returns: its stream; `nil` where the connection takes no further one.
  @inline(__always)
  func submit(
    _ fields: UnsafeBufferPointer<NGHTTP2.NameValue>, _ body: UnsafeRawBufferPointer, slot: Int,
    on session: UnsafeMutablePointer<HTTP2Session>
  ) -> Int32? {
    guard !body.isEmpty else { return session.pointee.submit(fields, slot: slot, body: nil) }
    let upload = uploads + slot
    let provider = NGHTTP2.DataProvider(source: upload, read: Self.read)
    guard let stream = session.pointee.submit(fields, slot: slot, body: provider) else { return nil }
    upload.pointee = Upload(stream: stream, bytes: body.baseAddress, left: body.count)
    return stream
  }

  /// How much of a request's content the server has not been sent.
  func unsent(slot: Int, of stream: Int32) -> Int { uploads[slot].stream == stream ? uploads[slot].left : 0 }

  /// Sends what a session has to send, as much as its socket takes.
  ///
  /// - Returns: how many bytes it took, and whether it takes no more for good.
  func flush(
    _ session: UnsafeMutablePointer<HTTP2Session>, to transport: inout Transport
  ) -> (sent: Int, hasFailed: Bool) {
    session.pointee.flush(to: &transport, through: output)
  }

  /// Hands nghttp2 the next bytes of a request's content.
  private static let read: NGHTTP2.ReadBody = { _, stream, bytes, count, flags, source, _ in
    // `nghttp2_data_source`, whose pointer is what was submitted.
    guard let source, let bytes, let flags,
      let upload = source.load(as: UnsafeMutableRawPointer?.self)?.assumingMemoryBound(to: Upload.self),
      upload.pointee.stream == stream, let rest = upload.pointee.bytes
    else { return Int(NGHTTP2.Constant.temporalFailure) }
    let taken = min(count, upload.pointee.left)
    memcpy(bytes, rest, taken)
    upload.pointee.bytes = rest + taken
    upload.pointee.left -= taken
    if upload.pointee.left == 0 { flags.pointee |= NGHTTP2.Constant.endOfData }
    return taken
  }
}

/// The fields of a request as nghttp2 takes them, encoded once; its owner deallocates them.
struct PreparedFields {
  let all: UnsafeBufferPointer<NGHTTP2.NameValue>
  private let bytes: UnsafeMutablePointer<UInt8>

  /// - Parameter isKept: whether it outlives the sessions that it is submitted to; else they copy it.
  init(_ template: RequestTemplate, for target: Target, isKept: Bool = true) {
    let fields = template.fields(for: target)
    let size = fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
    bytes = .allocate(capacity: max(1, size))
    let pairs = UnsafeMutableBufferPointer<NGHTTP2.NameValue>.allocate(capacity: fields.count)
    var end = bytes
    func append(_ text: String) -> (start: UnsafePointer<UInt8>, count: Int) {
      let start = end
      for byte in text.utf8 {
        end.initialize(to: byte)
        end += 1
      }
      return (UnsafePointer(start), end - start)
    }
    for (index, field) in fields.enumerated() {
      let (name, value) = (append(field.name), append(field.value))
      pairs.initializeElement(
        at: index,
        to: NGHTTP2.NameValue(
          name: name.start, value: value.start, nameLength: name.count, valueLength: value.count,
          flags: isKept ? NGHTTP2.Constant.noCopy : 0))
    }
    all = UnsafeBufferPointer(pairs)
  }

  func deallocate() {
    all.deallocate()
    bytes.deallocate()
  }
}
