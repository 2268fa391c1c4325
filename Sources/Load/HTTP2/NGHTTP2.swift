internal import Glibc

/// The system's libnghttp2, loaded when a run first needs it: building needs no headers, and HTTP/1.1 needs no library.
///
/// Names are nghttp2's own without their prefix; its manual says what each does.
struct NGHTTP2 {
  typealias Raw = UnsafeMutableRawPointer
  /// `nghttp2_frame`, see ``NGHTTP2/Frame``.
  typealias OnFrame = @convention(c) (OpaquePointer?, UnsafeRawPointer?, Raw?) -> Int32
  typealias OnHeader =
    @convention(c) (
      OpaquePointer?, UnsafeRawPointer?, UnsafePointer<UInt8>?, Int, UnsafePointer<UInt8>?, Int, UInt8, Raw?
    ) -> Int32
  typealias OnData = @convention(c) (OpaquePointer?, UInt8, Int32, UnsafePointer<UInt8>?, Int, Raw?) -> Int32
  typealias OnStreamClose = @convention(c) (OpaquePointer?, Int32, UInt32, Raw?) -> Int32
  typealias OnInvalidFrame = @convention(c) (OpaquePointer?, UnsafeRawPointer?, Int32, Raw?) -> Int32
  typealias OnError = @convention(c) (OpaquePointer?, Int32, UnsafePointer<CChar>?, Int, Raw?) -> Int32
  typealias ReadBody =
    @convention(c) (
      OpaquePointer?, Int32, UnsafeMutablePointer<UInt8>?, Int, UnsafeMutablePointer<UInt32>?, Raw?, Raw?
    ) -> Int

  let callbacks: Callbacks
  let new: @convention(c) (UnsafeMutablePointer<OpaquePointer?>, OpaquePointer, Raw?) -> Int32
  let delete: @convention(c) (OpaquePointer) -> Void
  let submitSettings: @convention(c) (OpaquePointer, UInt8, UnsafeRawPointer, Int) -> Int32
  let setLocalWindowSize: @convention(c) (OpaquePointer, UInt8, Int32, Int32) -> Int32
  let submitRequest:
    @convention(c) (OpaquePointer, UnsafeRawPointer?, UnsafeRawPointer, Int, UnsafeRawPointer?, Raw?) -> Int32
  let submitReset: @convention(c) (OpaquePointer, UInt8, Int32, UInt32) -> Int32
  let receive: @convention(c) (OpaquePointer, UnsafeRawPointer, Int) -> Int
  let send: @convention(c) (OpaquePointer, UnsafeMutablePointer<UnsafePointer<UInt8>?>) -> Int
  let streamUserData: @convention(c) (OpaquePointer, Int32) -> Raw?
  let wantsRead: @convention(c) (OpaquePointer) -> Int32
  let wantsWrite: @convention(c) (OpaquePointer) -> Int32
  let remoteSettings: @convention(c) (OpaquePointer, UInt32) -> UInt32
  let errorText: @convention(c) (Int32) -> UnsafePointer<CChar>?

  /// Loaded once, on first use, and kept for the process's life.
  ///
  /// - Throws: ``LoadError/noHTTP2(_:)`` where there is no such library.
  static func library() throws(LoadError) -> UnsafePointer<NGHTTP2> { try opened.get() }

  private nonisolated(unsafe) static let opened: Result<UnsafePointer<NGHTTP2>, LoadError> = open("libnghttp2.so.14")

  static func open(_ file: String) -> Result<UnsafePointer<NGHTTP2>, LoadError> {
    SystemLibrary.open(file, for: need) { library throws(LoadError) in try NGHTTP2(library) }
  }

  private static let need = SystemLibrary.Need(
    purpose: "HTTP/2", library: "libnghttp2", package: "libnghttp2-14", prefix: "nghttp2_", error: LoadError.noHTTP2)

  private init(_ symbols: SystemLibrary) throws(LoadError) {
    callbacks = try Callbacks(symbols)
    new = try symbols.find("session_client_new")
    delete = try symbols.find("session_del")
    submitSettings = try symbols.find("submit_settings")
    setLocalWindowSize = try symbols.find("session_set_local_window_size")
    submitRequest = try symbols.find("submit_request")
    submitReset = try symbols.find("submit_rst_stream")
    receive = try symbols.find("session_mem_recv")
    send = try symbols.find("session_mem_send")
    streamUserData = try symbols.find("session_get_stream_user_data")
    wantsRead = try symbols.find("session_want_read")
    wantsWrite = try symbols.find("session_want_write")
    remoteSettings = try symbols.find("session_get_remote_settings")
    errorText = try symbols.find("strerror")
  }

  /// nghttp2's words for a number of its own.
  func text(of error: Int) -> String { errorText(Int32(clamping: error)).map { String(cString: $0) } ?? "\(error)" }

}

extension NGHTTP2 {
  /// `nghttp2_session_callbacks_…`.
  struct Callbacks {
    let new: @convention(c) (UnsafeMutablePointer<OpaquePointer?>) -> Int32
    let delete: @convention(c) (OpaquePointer) -> Void
    let setBeginHeaders: @convention(c) (OpaquePointer, OnFrame) -> Void
    let setHeader: @convention(c) (OpaquePointer, OnHeader) -> Void
    let setFrame: @convention(c) (OpaquePointer, OnFrame) -> Void
    let setData: @convention(c) (OpaquePointer, OnData) -> Void
    let setStreamClose: @convention(c) (OpaquePointer, OnStreamClose) -> Void
    let setInvalidFrame: @convention(c) (OpaquePointer, OnInvalidFrame) -> Void
    let setError: @convention(c) (OpaquePointer, OnError) -> Void

    fileprivate init(_ symbols: SystemLibrary) throws(LoadError) {
      new = try symbols.find("session_callbacks_new")
      delete = try symbols.find("session_callbacks_del")
      setBeginHeaders = try symbols.find("session_callbacks_set_on_begin_headers_callback")
      setHeader = try symbols.find("session_callbacks_set_on_header_callback")
      setFrame = try symbols.find("session_callbacks_set_on_frame_recv_callback")
      setData = try symbols.find("session_callbacks_set_on_data_chunk_recv_callback")
      setStreamClose = try symbols.find("session_callbacks_set_on_stream_close_callback")
      setInvalidFrame = try symbols.find("session_callbacks_set_on_invalid_frame_recv_callback")
      setError = try symbols.find("session_callbacks_set_error_callback2")
    }
  }

  /// Reads an `nghttp2_frame`: the header that all frames begin with, and what is behind it.
  struct Frame {
    let base: UnsafeRawPointer

    var stream: Int32 { base.load(fromByteOffset: 8, as: Int32.self) }
    var type: UInt8 { base.load(fromByteOffset: 12, as: UInt8.self) }
    var endsStream: Bool { base.load(fromByteOffset: 13, as: UInt8.self) & 0x1 != 0 }
    /// Of RST_STREAM.
    var resetCode: UInt32 { base.load(fromByteOffset: 16, as: UInt32.self) }
    /// Of GOAWAY: the last stream that the server has or may have looked at, and why it goes.
    var lastStream: Int32 { base.load(fromByteOffset: 16, as: Int32.self) }
    var goAwayCode: UInt32 { base.load(fromByteOffset: 20, as: UInt32.self) }
    /// Of SETTINGS.
    var isAcknowledgement: Bool { endsStream }

    static let data: UInt8 = 0
    static let headers: UInt8 = 1
    static let reset: UInt8 = 3
    static let settings: UInt8 = 4
    static let goAway: UInt8 = 7
  }

  /// `nghttp2_nv`: a field of a request.
  struct NameValue {
    var name: UnsafePointer<UInt8>
    var value: UnsafePointer<UInt8>
    var nameLength: Int
    var valueLength: Int
    var flags: UInt8
  }

  /// `nghttp2_settings_entry`.
  struct Setting {
    var id: Int32
    var value: UInt32
  }

  /// `nghttp2_data_provider`.
  struct DataProvider {
    var source: UnsafeMutableRawPointer?
    var read: ReadBody?
  }

  enum Constant {
    /// `NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE`: the bytes outlive the session.
    static let noCopy: UInt8 = 0x02 | 0x04
    static let enablePush: Int32 = 2
    static let maxConcurrentStreams: UInt32 = 3
    static let initialWindowSize: Int32 = 4
    /// `NGHTTP2_DATA_FLAG_EOF`.
    static let endOfData: UInt32 = 1
    /// `NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE`: resets the stream alone.
    static let temporalFailure: Int32 = -521
    /// `NGHTTP2_ERR_FLOODED`.
    static let flooded = -904
    /// `NGHTTP2_ERR_NOMEM`.
    static let noMemory = -901
  }
}
