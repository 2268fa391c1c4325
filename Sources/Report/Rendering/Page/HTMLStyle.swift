/// The style sheet of an HTML report: light and dark as the reader's system is, from a phone's width up, and on paper.
///
/// It contains no character special in XML. Charts bring their own rules, each under the chart's id; the class
/// names here are none of theirs.
enum HTMLStyle {
  static let sheet = """
    :root {
      color-scheme: light dark;
      --paper: #ffffff; --panel: #f5f7fa; --line: #d8dee6; --faint: #e9edf2;
      --text: #1c2430; --quiet: #56606e;
      --pass: #1a7f37; --fail: #c62330; --inconclusive: #8a5a00; --on-badge: #ffffff; --link: #0b5cad;
      --warning: #fff6dd;
      --mono: ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #0f1319; --panel: #181d25; --line: #2d3440; --faint: #222934;
        --text: #e8edf4; --quiet: #9aa6b5;
        --pass: #4cc266; --fail: #ff7b72; --inconclusive: #e0b04a; --on-badge: #0f1319; --link: #7ab7f5;
        --warning: #2a2415;
      }
    }
    * { box-sizing: border-box }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
    body {
      margin: 0; background: var(--paper); color: var(--text);
      font: 1rem/1.55 system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif;
      overflow-wrap: anywhere;
    }
    main { max-width: 66rem; margin: 0 auto; padding: clamp(1.25rem, 4vw, 3rem) clamp(1rem, 4vw, 2.5rem) 2.5rem }
    h1, h2, h3 { line-height: 1.25; text-wrap: balance }
    h1 { margin: 0 0 1.25rem; font-size: clamp(1.5rem, 1.2rem + 1.6vw, 2.1rem); letter-spacing: -0.01em }
    h2 { margin: 0 0 0.9rem; font-size: 1.3rem }
    h3 { margin: 2rem 0 0.6rem; font-size: 1.05rem }
    section { margin-top: 2.75rem; padding-top: 1.5rem; border-top: 1px solid var(--line) }
    p { margin: 0 0 1rem; max-width: 75ch }
    code, pre { font-family: var(--mono); font-size: 0.9em }
    h1 code { font-size: 0.88em; font-weight: 500 }
    p code, li code, dd code { padding: 0.1em 0.35em; border-radius: 4px; background: var(--panel) }
    .finding {
      display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.6rem 0.9rem; max-width: none;
      padding: 1rem 1.15rem; border: 1px solid var(--line); border-left: 5px solid; border-radius: 8px;
      background: var(--panel); font-size: 1.1rem;
    }
    .finding.pass { border-left-color: var(--pass) }
    .finding.fail { border-left-color: var(--fail) }
    .finding.inconclusive { border-left-color: var(--inconclusive) }
    .finding .badge + span { flex: 1 1 18rem; min-width: 0 }
    .badge {
      padding: 0.12em 0.75em; border-radius: 99px; color: var(--on-badge); font-size: 0.95rem; white-space: nowrap;
    }
    .badge.pass { background: var(--pass) }
    .badge.fail { background: var(--fail) }
    .badge.inconclusive { background: var(--inconclusive) }
    .verdict { font-weight: 600; white-space: nowrap }
    .identifier { display: block; color: var(--quiet); font-size: 0.82em; overflow-wrap: anywhere }
    .verdict.pass { color: var(--pass) }
    .verdict.fail { color: var(--fail) }
    .verdict.inconclusive { color: var(--inconclusive) }
    .warning { max-width: none; padding: 0.75rem 1.15rem; border-radius: 8px; background: var(--warning) }
    .finding + p, .warning + p { max-width: none }
    .wide { max-width: 100%; overflow-x: auto; margin: 0 0 1.25rem }
    table { width: 100%; border-collapse: collapse; font-size: 0.925rem; line-height: 1.4 }
    .small { width: auto; min-width: min(100%, 18rem) }
    caption {
      position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
    }
    th, td {
      padding: 0.5rem 0.75rem; border-bottom: 1px solid var(--faint); text-align: left; vertical-align: baseline;
      overflow-wrap: break-word; min-width: 6rem;
    }
    thead th {
      border-bottom: 1px solid var(--line); color: var(--quiet); font-size: 0.85rem; font-weight: 600;
      min-width: 0; vertical-align: bottom; white-space: nowrap;
    }
    thead .figure { white-space: normal }
    thead .short { white-space: nowrap }
    tbody th { font-weight: 500 }
    :is(th, td):not(.short) > code { overflow-wrap: anywhere }
    tbody tr:last-child th, tbody tr:last-child td, dl div:last-child { border-bottom: 0 }
    th:first-child, td:first-child { padding-left: 0.25rem }
    th:last-child, td:last-child { padding-right: 0.25rem }
    .figure { min-width: 0; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
    .short { min-width: 0; white-space: nowrap }
    .long { min-width: 12rem; overflow-wrap: anywhere }
    tr:has(+ .remark) :is(th, td) { border-bottom: 0 }
    .remark td { padding-top: 0; color: var(--quiet) }
    .remark p { margin: 0 0 0.25rem; max-width: 90ch }
    .remark strong { color: var(--text); font-weight: 600 }
    a { color: var(--link) }
    figure { margin: 1.5rem 0 }
    figure svg { display: block; width: 100%; height: auto }
    .on-phone { display: none; max-width: 26rem }
    dl { margin: 0 0 1.25rem }
    dl div {
      display: grid; grid-template-columns: minmax(9rem, 13rem) minmax(0, 1fr); gap: 0.1rem 1.5rem;
      padding: 0.45rem 0.25rem; border-bottom: 1px solid var(--faint);
    }
    dt { color: var(--quiet); font-weight: 600; font-size: 0.925rem }
    dd { margin: 0 }
    ul { margin: 0 0 1.25rem; padding-left: 1.25rem }
    li { margin-bottom: 0.4rem; max-width: 75ch }
    pre {
      margin: 0 0 1.25rem; padding: 0.9rem 1.1rem; border: 1px solid var(--line); border-radius: 8px;
      background: var(--panel); line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere;
    }
    footer { margin-top: 2.75rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--quiet) }
    footer p { margin: 0; font-size: 0.875rem }
    @media screen and (max-width: 45rem) {
      .on-page { display: none }
      .on-phone { display: block }
      dl div { grid-template-columns: minmax(0, 1fr); padding: 0.5rem 0.25rem }
      section { margin-top: 2rem; padding-top: 1.25rem }
      .finding { font-size: 1rem }
      th, td { padding: 0.45rem 0.5rem }
    \(listed(".listed"))
    }
    @media screen and (max-width: 66rem) {
    \(listed(".listed.early"))
    }
    @media print {
      :root {
        color-scheme: light;
        --paper: #ffffff; --panel: #ffffff; --line: #b8c0ca; --faint: #d8dee6; --text: #000000; --quiet: #444444;
        --pass: #1a7f37; --fail: #c62330; --inconclusive: #8a5a00; --on-badge: #ffffff; --link: #000000; --warning: #ffffff;
      }
      @page { margin: 16mm 14mm }
      html { font-size: 10pt }
      main { max-width: none; padding: 0 1px }
      section { margin-top: 1.5rem; padding-top: 1rem }
      .badge { print-color-adjust: exact; -webkit-print-color-adjust: exact }
      .wide { overflow: visible }
      table { font-size: 8.5pt }
      th, td, .long { min-width: 0; padding: 0.3rem 0.45rem }
      tbody .long, tbody code { overflow-wrap: anywhere }
      thead th { font-size: 8pt }
      h1, h2, h3 { break-after: avoid }
      tr, figure, pre, .finding, dl div { break-inside: avoid }
      table:not(:has(tbody tr:nth-child(13))) { break-inside: avoid }
      tbody tr:first-child { break-before: avoid }
      :is(tbody tr, dl div):is(:first-child, :nth-last-child(2)), tr:has(+ .remark) { break-after: avoid }
    }
    """

  /// A table as a list: each row is a block, and each cell stands after what its column is.
  private static func listed(_ table: String) -> String {
    """
      \(table), \(table) tbody { display: block }
      \(table) thead {
        position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
      }
      \(table) tr {
        display: grid; grid-template-columns: repeat(auto-fill, minmax(5.6rem, 1fr)); gap: 0.35rem 0.75rem;
        padding: 0.6rem 0.25rem; border-bottom: 1px solid var(--line);
      }
      \(table) tr:has(+ .remark) { border-bottom: 0; padding-bottom: 0 }
      \(table) .remark { padding-top: 0.35rem }
      \(table) :is(th, td) {
        display: block; min-width: 0; padding: 0; border: 0; text-align: left; white-space: normal; overflow-wrap: anywhere;
      }
      \(table) :is(tbody th, td:not(.figure)) { grid-column: 1 / -1 }
      \(table) td:empty { display: none }
      \(table) td[data-label]::before {
        content: attr(data-label); display: block; color: var(--quiet); font-size: 0.8rem; font-weight: 600;
      }
      \(table) td:not(.figure)[data-label]::before { content: attr(data-label) ": "; display: inline }
    """
  }
}
