import Report
import Testing

@Suite struct EscapingTests {
  @Test(
    "What cannot be seen or would act is written out",
    arguments: [
      ("a\nb\r\nc\td", #"a\nb\r\nc\td"#),
      ("\u{1B}[31mred\u{7}", #"\x1b[31mred\x07"#),
      ("\u{0}\u{7F}\u{85}\u{9B}", #"\x00\x7f\x85\x9b"#),
      ("a\u{202E}b\u{2066}c\u{2069}", #"a\u{202e}b\u{2066}c\u{2069}"#),
      ("a\u{200B}b\u{FEFF}c\u{2028}d\u{2029}", #"a\u{200b}b\u{feff}c\u{2028}d\u{2029}"#),
      ("\u{FFFE}\u{FFFF}\u{E0041}", #"\u{fffe}\u{ffff}\u{e0041}"#),
      ("grün 東京 é", "grün 東京 é"),
      ("invalid \u{FFFD} byte", "invalid \u{FFFD} byte"),
    ])
  func visible(text: String, shown: String) {
    #expect(Escaping.visible(text) == shown)
  }

  @Test("A long text loses its middle, never a part of an escape")
  func shortened() {
    #expect(Escaping.visible("abcdefghij", width: 10) == "abcdefghij")
    #expect(Escaping.visible("abcdefghijk", width: 10) == "abcde…hijk")
    #expect(Escaping.visible("abcdefghijk", width: 1) == "…")
    #expect(Escaping.visible("東京東京東京", width: 7) == "東…東京")
    #expect(Escaping.visible("abc\u{1B}defghi", width: 6) == "abc…hi")
    #expect(Escaping.visible(String(repeating: "x", count: 4096), width: 48).unicodeScalars.count == 48)
    let pile = "a" + String(repeating: "\u{301}", count: 1000)
    #expect(Escaping.visible(pile, width: 10).unicodeScalars.count < 20)
  }

  @Test("A build log gets no command from a text")
  func terminal() {
    #expect(Escaping.terminal("::error::x") == #"\x3a:error::x"#)
    #expect(Escaping.terminal("  ::error::x") == #"  \x3a:error::x"#)
    #expect(Escaping.terminal("\u{A0}::\u{301}error::x") == "\u{A0}\\x3a:\u{301}error::x")
    #expect(Escaping.terminal("::1") == #"\x3a:1"#)
    #expect(Escaping.terminal("a ##[error]b") == #"a \x23#[error]b"#)
    #expect(Escaping.terminal("2001:db8::1") == "2001:db8::1")
  }

  @Test("XML gets no markup from a text")
  func xml() {
    #expect(Escaping.xml("<a b='c'>\"&]]>") == "&lt;a b=&#39;c&#39;&gt;&quot;&amp;]]&gt;")
    #expect(Escaping.xml("a\u{0}\nb\u{FFFF}") == #"a\x00\nb\u{ffff}"#)
    #expect(Escaping.xml("<\u{301}") == "&lt;\u{301}")
  }

  @Test(
    "Markdown shows a text as itself",
    arguments: [
      ("a|b", #"a\|b"#),
      (#"a\|b"#, #"a\\\|b"#),
      ("*a* _b_ ~c~ $d$", #"\*a\* \_b\_ \~c\~ \$d\$"#),
      ("[a](b) ![c](d)", #"\[a\](b) \!\[c\](d)"#),
      ("<script>&amp;", "&lt;script&gt;&amp;amp;"),
      ("`a`", #"\`a\`"#),
      ("# a", "\\# a"),
      ("- a", #"\- a"#),
      ("1. a", #"1\. a"#),
      ("12) a", #"12\) a"#),
      ("a 1. b", "a 1. b"),
      ("  a   b  ", "a b"),
      ("see https://a.b/c_d now", "see `https://a.b/c_d` now"),
      ("www.a.b", "`www.a.b`"),
      ("me@a.b|http://x", #"`me@a.b`\|`http://x`"#),
      ("@someone", "`@someone`"),
      ("http://`a`", "`` http://`a` ``"),
      ("a\nb", #"a\\nb"#),
    ])
  func markdown(text: String, escaped: String) {
    #expect(Escaping.markdown(text) == escaped)
  }

  @Test(
    "A code span holds a text exactly",
    arguments: [
      ("a", "`a`"), ("a`b", "``a`b``"), ("``", "``` `` ```"), (" a ", "`  a  `"), ("  ", "`  `"), ("", ""),
      ("<b>*", "`<b>*`"),
    ])
  func code(text: String, span: String) {
    #expect(Escaping.markdownCode(text) == span)
  }

  @Test("A bar in a table is escaped in code, and never follows a backslash there")
  func codeInTable() {
    #expect(Escaping.markdownCode("a|b", inTable: true) == #"`a\|b`"#)
    #expect(Escaping.markdownCode("a|b") == "`a|b`")
    #expect(Escaping.markdownCode(#"a\|b"#, inTable: true) == #"a\\\|b"#)
  }
}
