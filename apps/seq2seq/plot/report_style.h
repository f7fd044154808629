// How the report looks. The classes are those of report_page.cpp and of the colours in canvas.h.
#pragma once

namespace favras::seq2seq {

inline constexpr const char* kReportStyle =
    R"(:root { --paper: #fff; --ink: #222; --muted: #595959; --line: #ddd; --mark: #fff3d6; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; background: var(--paper); color: var(--ink);
  font: 15px/1.45 Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.6rem; }
h2 { font-size: 1.2rem; margin-top: 2.2rem; }
figure { margin: 1rem 0; }
svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; display: block; overflow-x: auto; }
th, td { padding: .25rem .9rem .25rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; min-width: 4rem; }
tbody th { font-weight: normal; color: var(--muted); white-space: nowrap; }
tbody th.part { padding-left: 1.2rem; }
tr.differs { background: var(--mark); font-weight: bold; }
tr.differs th { font-weight: bold; color: var(--ink); }
table.text td { white-space: pre-wrap; min-width: 1rem; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #16181b; --ink: #e4e4e4; --muted: #a5a5a5; --line: #3a3d42; --mark: #3b331d; }
  .paper { color: #16181b; }
  .ink { color: #e4e4e4; }
  .muted { color: #a5a5a5; }
  .grid { color: #34373c; }
  .blue { color: #3fa0dc !important; }
  .black { color: #fff !important; }
}
@media print {
  body { max-width: none; margin: 0; font-size: 10pt; }
  figure, tr { break-inside: avoid; }
  h2, h3, p { break-after: avoid; }
}
)";

}  // namespace favras::seq2seq
