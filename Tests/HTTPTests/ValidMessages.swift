import HTTP
import Testing

/// A response that a parser has to take, with what it has to say of it.
struct ValidMessage: CustomTestStringConvertible {
  var name: String
  var bytes: [UInt8]
  var expectsNoContent = false
  var status = 200
  var keepsAlive = true
  var content = ""
  var backend: String?
  var generation: String?
  var endsOnClose = false
  var leniencies: [Leniency] = []

  var testDescription: String { name }

  /// Short enough to try every pair of cuts.
  var isSmall: Bool { bytes.count <= 120 }

  static let all: [ValidMessage] = [
    ValidMessage(
      name: "a content length",
      bytes: response(
        "HTTP/1.1 200 OK", "Server: nginx", "X-Backend: 10.0.0.1:3000", "X-Generation:4711 \t", "Content-Length: 5",
        content: "hello"),
      content: "hello", backend: "10.0.0.1:3000", generation: "4711"),
    ValidMessage(
      name: "no content", bytes: response("HTTP/1.1 200 OK", "X-BACKEND: a", "CONTENT-LENGTH: 000"), backend: "a"),
    ValidMessage(
      name: "small chunks",
      bytes: response("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", content: "1\r\nx\r\n2\r\nyz\r\n0\r\n\r\n"),
      content: "xyz"),
    ValidMessage(
      name: "chunks with extensions and trailers",
      bytes: response(
        "HTTP/1.1 200 OK", "transfer-encoding: Chunked", "x-backend: b",
        content: "5;a=\"b; c\"\r\nhello\r\n6 \t; name\r\n world\r\n1  \r\n!\r\n000;last\r\n"
          + "X-Sum: 1\r\nX-Backend: late\r\nEmpty:\r\nX-Folded: a\r\n b\r\n\r\n"),
      content: "hello world!", backend: "b", leniencies: [.paddedChunkSize]),
    ValidMessage(
      name: "chunk sizes in upper and lower case",
      bytes: response(
        "HTTP/1.1 200 OK", "Transfer-Encoding: chunked",
        content: "A\r\n0123456789\r\nc\r\nabcdefghijkl\r\n00000000000001F\r\n"
          + String(repeating: "\r\n0", count: 10) + "~\r\n0\r\n\r\n"),
      content: "0123456789abcdefghijkl" + String(repeating: "\r\n0", count: 10) + "~"),
    ValidMessage(
      name: "gzip, then chunked, in two fields",
      bytes: response(
        "HTTP/1.1 200 OK", "Transfer-Encoding: gzip", "Transfer-Encoding: ,chunked,", content: "1\r\nx\r\n0\r\n\r\n"),
      content: "x"),
    ValidMessage(
      name: "read until close", bytes: response("HTTP/1.1 200 OK", "X-Backend: a", content: "until\r\n\r\nclose"),
      keepsAlive: false, content: "until\r\n\r\nclose", backend: "a", endsOnClose: true),
    ValidMessage(
      name: "a coding other than chunked until close",
      bytes: response("HTTP/1.1 200 OK", "Transfer-Encoding: gzip", content: "zzz"),
      keepsAlive: false, content: "zzz", endsOnClose: true),
    ValidMessage(
      name: "100 before the final one",
      bytes: response("HTTP/1.1 100 Continue") + response("HTTP/1.1 200 OK", "Content-Length: 2", content: "ok"),
      content: "ok"),
    ValidMessage(
      name: "103 and 100 with fields of their own",
      bytes: response("HTTP/1.1 103 Early Hints", "Link: </a.css>", "X-Backend: early", "Connection: close")
        + response("HTTP/1.1 100 ") + response("HTTP/1.1 404 Not Found", "Content-Length: 1", content: "-"),
      status: 404, content: "-"),
    ValidMessage(
      name: "204", bytes: response("HTTP/1.1 204 No Content", "X-Backend: a", "Content-Length: 5"), status: 204,
      backend: "a"),
    ValidMessage(
      name: "304 with a length", bytes: response("HTTP/1.1 304 Not Modified", "Content-Length: 512"), status: 304),
    ValidMessage(
      name: "an answer to HEAD", bytes: response("HTTP/1.1 200 OK", "Content-Length: 99999", "Connection: close"),
      expectsNoContent: true, keepsAlive: false),
    ValidMessage(
      name: "a chunked answer to HEAD", bytes: response("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"),
      expectsNoContent: true),
    ValidMessage(
      name: "no reason phrase and no space before it",
      bytes: response("HTTP/1.1 500", "Content-Length: 1", content: "x"), status: 500, content: "x"),
    ValidMessage(
      name: "a status that nobody registered and a reason beyond ASCII",
      bytes: response("HTTP/1.1 999 schön", "Content-Length: 0"), status: 999),
    ValidMessage(
      name: "HTTP/1.0", bytes: response("HTTP/1.0 200 OK", "Content-Length: 2", content: "hi"), keepsAlive: false,
      content: "hi"),
    ValidMessage(
      name: "HTTP/1.0 that keeps alive",
      bytes: response("HTTP/1.0 200 OK", "Connection: Keep-Alive", "Content-Length: 2", content: "hi"),
      content: "hi"),
    ValidMessage(
      name: "HTTP/1.0 that keeps alive but has no length",
      bytes: response("HTTP/1.0 200 OK", "Connection: keep-alive", content: "hi"), keepsAlive: false, content: "hi",
      endsOnClose: true),
    ValidMessage(
      name: "folded lines",
      bytes: response(
        "HTTP/1.1 200 OK", "X-Backend:", " a,", "\t b \t", "A:", "  ", " 3", "Content-Length: 3", content: "abc"),
      content: "abc", backend: "a,  \t b", leniencies: [.foldedLine]),
    ValidMessage(
      name: "a value over several lines that end in a bare LF",
      bytes: response("HTTP/1.1 200 OK", "X-Backend: a;\n    b;\n\tc", "Content-Length: 3", content: "abc"),
      content: "abc", backend: "a;     b; \tc", leniencies: [.bareLineFeed, .foldedLine]),
    ValidMessage(
      name: "bare LF alone", bytes: Array("HTTP/1.1 200 OK\nX-Backend: a\nContent-Length: 2\n\nok".utf8), content: "ok",
      backend: "a", leniencies: [.bareLineFeed]),
    ValidMessage(
      name: "a bare LF behind the status line alone",
      bytes: Array("HTTP/1.1 200 OK\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok".utf8), content: "ok",
      backend: "a", leniencies: [.bareLineFeed]),
    ValidMessage(
      name: "a bare LF for the empty line alone",
      bytes: Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\nok".utf8), content: "ok", leniencies: [.bareLineFeed]),
    ValidMessage(
      name: "a bare LF before the empty line alone, and content that looks like one",
      bytes: Array("HTTP/1.1 200 OK\r\nContent-Length: 2\n\r\n\r\n".utf8), content: "\r\n",
      leniencies: [.bareLineFeed]),
    ValidMessage(
      name: "no fields and bare LF", bytes: Array("HTTP/1.1 204\n\n".utf8), status: 204, leniencies: [.bareLineFeed]),
    ValidMessage(
      name: "bare LF in an interim response",
      bytes: Array("HTTP/1.1 100 \nA: b\n\n".utf8) + response("HTTP/1.1 200 OK", "Content-Length: 0"),
      leniencies: [.bareLineFeed]),
    ValidMessage(
      name: "control bytes in a value",
      bytes: response("HTTP/1.1 200 OK", "X-Backend: \u{1}a\u{1B}", "Content-Length: 0"),
      backend: "\u{1}a\u{1B}", leniencies: [.controlByte]),
    ValidMessage(
      name: "DEL in a reason phrase", bytes: response("HTTP/1.1 200 O\u{7F}", "Content-Length: 0"),
      leniencies: [.controlByte]),
    ValidMessage(
      name: "a control byte in a connection option",
      bytes: response("HTTP/1.1 200 OK", "Connection: close\u{1}", "Content-Length: 0"), leniencies: [.controlByte]),
    ValidMessage(
      name: "a control byte in a trailer",
      bytes: response("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", content: "0\r\nA: \u{1}\r\n\r\n"),
      leniencies: [.controlByte]),
    ValidMessage(
      name: "chunk sizes of 16 and of 20 digits",
      bytes: response(
        "HTTP/1.1 200 OK", "Transfer-Encoding: chunked",
        content: "0000000000000002\r\nok\r\n00000000000000000001\r\n!\r\n0\r\n\r\n"),
      content: "ok!", leniencies: [.paddedChunkSize]),
    ValidMessage(
      name: "a chunk size of 16 digits",
      bytes: response("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", content: "0000000000000002\r\nok\r\n0\r\n\r\n"),
      content: "ok"),
    ValidMessage(
      name: "a last chunk of 500 zeros",
      bytes: response(
        "HTTP/1.1 200 OK", "Transfer-Encoding: chunked", content: String(repeating: "0", count: 500) + "\r\n\r\n"),
      leniencies: [.paddedChunkSize]),
    ValidMessage(
      name: "blanks behind a chunk size",
      bytes: response("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", content: "2 \t\r\nok\r\n0\r\n\r\n"),
      content: "ok", leniencies: [.paddedChunkSize]),
    ValidMessage(
      name: "a length with zeros before it",
      bytes: response("HTTP/1.1 200 OK", "Content-Length: 00000000000000000000002", content: "ok"), content: "ok"),
    ValidMessage(
      name: "empty values",
      bytes: response("HTTP/1.1 200 OK", "X-Backend:", "X-Generation: \t ", "A:", "Content-Length: 0"),
      backend: "", generation: ""),
    ValidMessage(
      name: "several connection options",
      bytes: response(
        "HTTP/1.1 200 OK", "Connection: keep-alive, ,Upgrade", "Connection: foo ,\tCLOSE", "Content-Length: 0"),
      keepsAlive: false),
    ValidMessage(
      name: "options that only look like close",
      bytes: response("HTTP/1.1 200 OK", "Connection: closed, clos, x-close", "Content-Length: 0")),
    ValidMessage(
      name: "a field twice and bytes beyond ASCII",
      bytes: response("HTTP/1.1 200 OK", "X-Backend: first", "X-Backend: zwölf", "Content-Length: 0"),
      backend: "zwölf"),
  ]

  /// A head of just over 60 KiB, followed by content.
  static let long = ValidMessage(
    name: "a head of 60 KiB",
    bytes: Array(
      ("HTTP/1.1 200 OK\r\nX-Backend: a\r\n"
        + (0..<960).map { "X-Filler-\($0 + 1000): \(String(repeating: "v", count: 47))\r\n" }.joined()
        + "X-Generation: z\r\nContent-Length: 4\r\n\r\nbody").utf8),
    content: "body", backend: "a", generation: "z")
}
