"""How the page looks: dark on white, system letters, readable on paper and on a telephone."""

PILLS = {
    "reproduced": "#2f7d4f",
    "same direction, smaller": "#1b5e8c",
    "same direction, larger": "#1b5e8c",
    "same direction, size unclear": "#1b5e8c",
    "opposite": "#9a3b2e",
    "not reproduced": "#9a3b2e",
    "descriptive": "#4b5a8a",
    "inconclusive": "#7a5a12",
    "not identifiable": "#5b6472",
    "not answerable": "#5b6472",
}

CSS = """
.csr{font:17px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;color:#1d232b;background:#fff;
 max-width:820px;margin:0 auto;padding:4px 22px 30px}
.csr *{box-sizing:border-box}
.csr h1{font-size:2rem;line-height:1.15;margin:.1em 0 .35em;color:inherit}
.csr h2{font-size:1.24rem;line-height:1.25;margin:.1em 0 .3em;color:inherit}
.csr a{color:#1b5e8c}
.csr p{margin:.6em 0}
.csr .grey{color:#5b6472;font-size:.86rem}
.csr .lead{font-size:1.14rem;max-width:38em}
.csr section{border-top:1px solid #d9dde3;padding:20px 0 12px}
.csr .claim{margin:0 0 .5em}
.csr .pill{display:inline-block;border-radius:99px;color:#fff;font-size:.78rem;line-height:1.35;
 padding:.15em .8em;margin:0 0 .3em;white-space:nowrap}
.csr figure{margin:.6em 0}
.csr figcaption{color:#5b6472;font-size:.82rem}
.csr svg{display:block;width:100%;height:auto}
.csr svg text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;paint-order:stroke;
 stroke:#fff;stroke-opacity:.75;stroke-width:3px;stroke-linejoin:round}
.csr svg text[font-weight]{font-weight:650}
.csr svg.narrow{display:none}
.csr svg.small{width:230px;max-width:100%}
.csr .do{border-left:4px solid #2f7d4f;padding-left:.8em}
.csr .failed{border-left:4px solid #b4483b;background:#fbeeec;padding:.5em 1em;margin:1em 0}
.csr .failed h2{color:#8e2f23}
.csr pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.84rem;margin:.3em 0;background:none}
.csr ul{padding-left:1.2em;margin:.4em 0}
.csr li{margin:.25em 0}
.csr details{color:#414a56;font-size:.9rem}
.csr summary{cursor:pointer;color:#5b6472}
.csr details.card{color:inherit;font-size:inherit}
.csr .card>summary{color:inherit;list-style-position:outside;margin-left:1.1em}
.csr .card>summary h2{margin-bottom:.1em}
.csr .card:not([open]){margin:-8px 0 -6px}
.csr table{border-collapse:collapse;width:100%;margin:.8em 0;font-size:inherit;text-align:left}
.csr th{color:#5b6472;font-size:.82rem;font-weight:500;text-align:left}
.csr th,.csr td{padding:.5em 1em .5em 0;vertical-align:top;overflow-wrap:anywhere}
.csr th,.csr td{text-align:left!important}
.csr .verdicts tr{border-bottom:1px solid #e6e9ed;background:none}
.csr .verdicts td{font-size:.94rem}
.csr .verdicts td:nth-child(1){width:40%}
.csr .verdicts td:nth-child(2){width:29%}
.csr .verdicts td:nth-child(3){padding-right:0}
.csr .numbers td{padding:.2em 1em .2em 0;font-size:.86rem}
.csr .keys{color:#5b6472;font-size:.8rem;line-height:1.9}
.csr .keys span{white-space:nowrap;margin-right:1.3em;display:inline-block}
.csr .key{display:inline-block;width:14px;height:11px;margin-right:.45em;vertical-align:-1px}
.csr .region{background:#f3e3c3}
.csr .small-effect{background:#e3e6ea}
.csr .null{width:0;border-left:2px dashed #5b6472}
.csr .data{background:#1b5e8c;height:5px;border-radius:3px;vertical-align:2px}
.csr .naive{border:2px solid #b4483b;border-radius:50%;width:11px}
.csr .none{width:0;height:0;border:6px solid transparent;border-top:0;
 border-bottom:10px solid #d2918a}
@media(max-width:560px){
 .csr{font-size:16px;padding:2px 14px 24px}
 .csr h1{font-size:1.6rem}
 .csr svg.wide{display:none}.csr svg.narrow{display:block}
 .csr .verdicts thead{display:none}
 .csr .verdicts tr,.csr .verdicts td,.csr .verdicts td:nth-child(n){display:block;width:100%}
 .csr .verdicts tr{padding:.6em 0}.csr .verdicts td{padding:.15em 0}
 .csr .keys span{white-space:normal}
}
@media print{
 .csr{font-size:10pt;max-width:none;padding:0}
 .csr section,.csr tr{break-inside:avoid}
 .csr .more{display:none}.csr section{padding:12px 0 6px}.csr .numbers td{padding:.06em 1em .06em 0}
 .csr a{color:inherit;text-decoration:none}
 .csr *{-webkit-print-color-adjust:exact;print-color-adjust:exact}
 .csr details::details-content{content-visibility:visible;display:block}
}
"""
