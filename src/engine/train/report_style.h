// How report.html looks: its style sheet, kept in the page so that the report is one file. Colours name the rungs.
#pragma once

#include <string_view>

namespace fovea::train {

inline constexpr std::string_view kStyle = R"(
:root{--ink:#1d2733;--dim:#66727f;--rule:#dfe4ea;--card:#fff;--page:#f4f6f8;--linear:#2f7fd1;--attention:#d9730d;
  --cascade:#1a936f;--bad:#c23b4b}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
  font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans CJK SC",
  "PingFang SC","Microsoft YaHei",sans-serif}
main{max-width:1080px;margin:0 auto;padding:36px 24px 64px}h1{font-size:27px;margin:0 0 2px;letter-spacing:-.2px}
h2{font-size:19px;margin:38px 0 10px}p{margin:8px 0;max-width:76ch}.dim{color:var(--dim)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(250px,1fr));gap:16px;margin:22px 0}
.card{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:16px 20px;
  border-top:4px solid var(--rule)}
.card.linear{border-top-color:var(--linear)}.card.attention{border-top-color:var(--attention)}
.card.cascade{border-top-color:var(--cascade)}.card b{font-size:32px;letter-spacing:-.5px;font-weight:650}
.card h3{margin:0;font-size:15px}
.card dl{display:grid;grid-template-columns:1fr auto;margin:8px 0 0;font-size:13.5px;row-gap:2px}
.card dt{color:var(--dim)}.card dd{margin:0;font-variant-numeric:tabular-nums}
.says{background:var(--card);border:1px solid var(--rule);border-left:4px solid var(--cascade);border-radius:8px;
  padding:12px 20px;margin:18px 0}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(430px,1fr));gap:16px}
figure{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:14px 16px}
figcaption{font-size:13px;color:var(--dim);margin-top:6px}svg{width:100%;height:auto;display:block}
svg text{font-family:inherit;fill:var(--ink)}.title{font-size:14.5px;font-weight:600}
.tick{font-size:11px;fill:var(--dim)!important}.axis{font-size:12px;fill:var(--dim)!important}
.grid{stroke:var(--rule);stroke-width:1}.line{fill:none;stroke-width:2.2;stroke-linejoin:round}
.line.linear{stroke:var(--linear)}.line.attention{stroke:var(--attention)}.line.cascade{stroke:var(--cascade)}
.line.budget{stroke:var(--bad);stroke-dasharray:5 4;stroke-width:1.5}
.line.ideal{stroke:var(--dim);stroke-dasharray:3 4;stroke-width:1.4}
.dot.linear,.key.linear,.bar.linear{fill:var(--linear)}
.dot.attention,.key.attention,.bar.attention{fill:var(--attention)}
.dot.cascade,.key.cascade,.bar.cascade{fill:var(--cascade)}.key.budget{fill:var(--bad)}.key.ideal{fill:var(--dim)}
.bar{opacity:.75}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--rule);border-radius:10px;
  overflow:hidden;font-size:14px}
th,td{text-align:left;padding:7px 12px;border-bottom:1px solid var(--rule);vertical-align:top}
tr:last-child td{border-bottom:0}th{font-weight:600;color:var(--dim);font-size:12.5px}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.meter{display:inline-block;width:110px;height:8px;border-radius:4px;background:var(--rule);vertical-align:middle;
  margin-left:8px}
.meter i{display:block;height:100%;border-radius:4px;background:var(--cascade)}
.tag{display:inline-block;background:#eef2f6;border-radius:5px;padding:0 7px;font-size:13px;white-space:nowrap}
.tag.bad{background:#fbe9eb;color:var(--bad)}
blockquote{margin:4px 0;padding-left:10px;border-left:3px solid var(--rule);color:#3d4854;overflow-wrap:anywhere}
code{background:#eef2f6;border-radius:4px;padding:1px 5px;font-size:13px}
@media print{body{background:#fff}figure,.card,table{break-inside:avoid}})";

}  // namespace fovea::train
