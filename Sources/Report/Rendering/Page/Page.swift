/// The content of a report's page, in order: `report.md` and `report.html` are two renderings of it, so
/// that a section added here is in both.
///
/// Nothing in it is escaped: each writer does that for its own format.
struct Page {
  var blocks: [Block] = []

  /// A part of the page from one edge to the other.
  enum Block {
    /// A heading of level 1 (the title), 2 (a section) or 3.
    case heading(Int, [Inline])
    case verdict(Verdict, finding: String)
    /// What a reader must know before the figures.
    case warning(String, String)
    case paragraph([Inline])
    case list([Item])
    case table(PageTable)
    case chart(PageChart)
    /// Lines to be copied as they stand, in a language such as `sh`.
    case code([String], language: String)
    case foot([Inline])
  }

  /// A part of a line.
  enum Inline {
    /// lbcheck's own words or figures, which hold no markup of any format.
    case words(String)
    /// A text from elsewhere in at most this many columns.
    case text(String, width: Int? = nil)
    /// A text from elsewhere that is shown as it was sent or typed.
    case code(String, width: Int)
    case verdict(Verdict)
    /// A sentence of lbcheck's own that may hold a text from elsewhere, with the name by which programs know it.
    case named(String, identifier: String)
    /// The report of another check, in a folder within this one's.
    case report(String, folder: String)
  }

  /// A line of a list, under a term or without one.
  struct Item {
    var term: Inline?
    var colon = true
    var body: [Inline]
  }

  /// The pictures of the page, in order.
  var charts: [PageChart] {
    blocks.compactMap { if case .chart(let chart) = $0 { chart } else { nil } }
  }
}

/// A table of a page.
struct PageTable {
  /// What it shows, for readers who do not see the heading above it.
  let caption: String
  private(set) var heads: [String]
  private(set) var rights: [Bool]
  private(set) var rows: [Row] = []
  /// The column that names the row.
  let naming: Int

  init(_ caption: String, _ heads: [String], naming: Int = 0) {
    self.caption = caption
    self.heads = heads
    self.naming = naming
    rights = heads.map { _ in false }
  }

  /// Adds a column on the right; all before the first row.
  mutating func addColumn(_ head: String, right: Bool = false) {
    heads.append(head)
    rights.append(right)
  }

  /// Adds a row with one cell a column.
  mutating func add(_ cells: [Page.Inline], remarks: [Remark] = []) {
    precondition(cells.count == heads.count, "a row has one cell a column")
    rows.append(Row(cells: cells, remarks: remarks))
  }

  /// A row with what is to be said of it, for which no column would be wide enough.
  struct Row {
    let cells: [Page.Inline]
    let remarks: [Remark]
  }

  struct Remark {
    let kind: Kind
    let text: [Page.Inline]

    enum Kind: String, CaseIterable {
      case why = "Why"
      case advice = "What to do"
      /// Of what passes, which needs no reason.
      case detail = "Detail"
    }
  }

  /// The kinds of remarks that any row has.
  var remarked: [Remark.Kind] {
    Remark.Kind.allCases.filter { kind in rows.contains { $0.remarks.contains { $0.kind == kind } } }
  }
}

/// A picture of a page, which is also a file of its own.
struct PageChart {
  /// The file, in the page's folder or in one within it.
  let file: String
  /// What it shows, in one phrase.
  let alternative: String
  /// The picture as SVG.
  let draw: (ChartFrame) -> String

  /// The same in a page a folder above.
  func within(_ folder: String) -> PageChart {
    PageChart(file: "\(folder)/\(file)", alternative: alternative, draw: draw)
  }

  /// Whether its file is one of the page's own.
  var isOwn: Bool { !file.contains("/") }

  /// All that there are.
  static let files = [
    SharesChart.file, TimelineChart.file, CapacityChart.file, ScalabilityChart.file, ComparisonChart.file,
    HistogramChart.file,
    CourseChart.file,
  ]
}

/// Keeps the names of a picture apart from those of a page around it: style sheets and ids in a page are everyone's.
struct ChartScope {
  private let name: String?

  /// Names under the given one, or names of a picture that stands alone.
  init(_ name: String?) { self.name = name }

  /// The attribute of the picture's outermost element.
  var attribute: String { name.map { " id=\"\($0)\"" } ?? "" }

  func id(_ own: String) -> String { name.map { "\($0)-\(own)" } ?? own }

  /// The selector of a class within the picture.
  func selector(_ own: String) -> String { name.map { "#\($0) .\(own)" } ?? ".\(own)" }
}
