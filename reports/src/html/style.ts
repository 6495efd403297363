// The look of the page: system fonts, light and dark by the reader's setting, phone to print.
// Text colours keep a contrast of at least 4.5 : 1 on their grounds (WCAG 2.2 §1.4.3).

/** The style sheet. */
export const STYLE = `
:root{color-scheme:light dark;
--ground:#f6f7f8;--card:#fff;--text:#1a1f26;--soft:#586270;--line:#dde1e6;--lane:#cdd3da;--code:#f1f3f5;
--pass:#17753b;--fail:#b3261e;--skip:#7a5b00;--passbg:#e5f4ea;--failbg:#fce9e7;--skipbg:#fbf1d5;
--accent:#1f5fbf;--pcm:#34618f;--sip:#1f5fbf;--devlink3:#7b3fb5;--rtp:#0f7470;
--pass-fill:#a5d6b7;--fail-fill:#d5281c;--skip-fill:#d9b44a;--grid:#eceff2;
--ring:#8fb3e6;--talk:#3d7fd6;--hold:#9aa4b1;--queue:#b796dc;--rec:#58b27c;--pause:#e0a100;--broken:#d5372c;
--t0:#2a7de1;--t1:#d9822b;--t2:#4a9d5b;--t3:#a45fc4;--shade:rgb(20 30 45/.05)}
@media screen and (prefers-color-scheme:dark){:root{
--ground:#14171b;--card:#1c2026;--text:#e6e9ed;--soft:#9aa5b1;--line:#2e343c;--lane:#3c444e;--code:#252a31;
--pass:#6fd08f;--fail:#ff9a91;--skip:#e6c15a;--passbg:#183424;--failbg:#442220;--skipbg:#3a3115;
--accent:#8ab8ff;--pcm:#86b3e0;--sip:#8ab8ff;--devlink3:#cba3f5;--rtp:#5fcac4;
--pass-fill:#2f6b48;--fail-fill:#e5675d;--skip-fill:#b8933a;--grid:#262b32;
--ring:#4d6f9f;--talk:#5b9dee;--hold:#6d7783;--queue:#8f6fb8;--rec:#3f9a64;--pause:#e6b93c;--broken:#f0766c;
--t0:#5b9dee;--t1:#e8a35c;--t2:#74bf84;--t3:#c48fe0;--shade:rgb(0 0 0/.3)}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:4.5rem;-webkit-text-size-adjust:100%}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0 auto;max-width:76rem;padding:0 1.5rem 3rem;background:var(--ground);color:var(--text);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
code,pre,kbd,.ladder time{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
h1,h2,h3,h4,h5,p,ul,dl,dd,figure{margin:0;padding:0}
ul{list-style:none}
h1{font-size:1.9rem;line-height:1.2;font-weight:650;letter-spacing:-.015em}
h2{font-size:1.15rem;font-weight:650}
h3{font-size:1rem;font-weight:600;overflow-wrap:anywhere}
.part{font-size:.8rem;font-weight:650;color:var(--soft);text-transform:uppercase;letter-spacing:.06em}
.track{font-size:.85rem;font-weight:550;margin-top:.9rem}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
.facts{color:var(--soft);font-size:.87rem;font-variant-numeric:tabular-nums}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.defs{position:absolute}
.empty,.cut{color:var(--soft);font-size:.87rem;padding:.4rem 0}
header{padding:2rem 0 0}
.brand{font-weight:650;margin-bottom:.9rem}.brand span{color:var(--soft);font-weight:400}
header.pass h1{color:var(--pass)}header.fail h1{color:var(--fail)}
header h1+.facts{margin-top:.35rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,27rem),1fr));gap:1rem;margin-top:1.4rem}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1rem 1.2rem}
.tile h2{font-size:.87rem;color:var(--soft);font-weight:550}
.big{font-size:1.05rem;margin:.15rem 0}.n{font-size:1.6rem;font-weight:650;font-variant-numeric:tabular-nums;margin-left:.5rem}
.n:first-child{margin-left:0}.n.pass{color:var(--pass)}.n.fail{color:var(--fail)}.n.skip{color:var(--skip)}
.pill{display:inline-block;white-space:nowrap;border-radius:99px;padding:.1rem .65rem;font-size:.8rem;font-weight:600}
.pill.pass{background:var(--passbg);color:var(--pass)}.pill.fail{background:var(--failbg);color:var(--fail)}
.pill.skip{background:var(--skipbg);color:var(--skip)}
.chip{display:inline-block;border:1px solid var(--line);border-radius:6px;padding:0 .4rem;font-size:.76rem;color:var(--soft);font-weight:500}
.chip.good{background:var(--passbg);color:var(--pass);border-color:transparent;font-weight:600}
.chip.odd{background:var(--skipbg);color:var(--skip);border-color:transparent;font-weight:600}
.against{margin-top:.5rem}.against b{font-weight:600}
main>*{margin-top:2rem}
h2 .facts{font-weight:400;margin-left:.4rem}
b.failed{color:var(--fail);font-weight:650}
.failures{list-style:none;margin:.7rem 0 0;padding:0;background:var(--card);border:1px solid var(--line);border-left:4px solid var(--fail);border-radius:12px;overflow:hidden}
.failures li{padding:.6rem 1.2rem;border-top:1px solid var(--line)}.failures li:first-child{border-top:0}
.failures a,.failures b{font-weight:600;overflow-wrap:anywhere}
.failures .facts a{font-weight:450}.failures p b{color:var(--fail)}.failures code{color:var(--soft)}.failures .when{font-variant-numeric:tabular-nums;margin-right:.2rem}.failures p{overflow-wrap:anywhere;font-size:.93rem}
.matrices{margin-top:.7rem;columns:27rem 2;column-gap:1rem}
.matrix{width:100%;margin:0 0 1rem;break-inside:avoid;border-collapse:separate;border-spacing:0;background:var(--card);border:1px solid var(--line);border-radius:12px;overflow:hidden}
.matrix th,.matrix td{padding:.22rem .5rem;text-align:left;font-weight:450;border-top:1px solid var(--line)}
.matrix tr>:first-child{padding-left:1rem;overflow-wrap:anywhere}.matrix tr>:last-child{padding-right:1rem}
.matrix thead th{border-top:0;color:var(--soft);font-size:.8rem;font-weight:550;background:var(--shade)}
.matrix thead th:first-child{color:var(--text);font-size:.9rem;font-weight:650}
.matrix td,.matrix th[scope=col]:not(:first-child){width:5rem;white-space:nowrap}
.matrix .chip{font-size:.68rem;border-color:transparent;background:var(--code);padding:0 .3rem}
.seeds{display:block;margin:.15rem 0;max-width:100%;height:auto}
.seeds .pass,.history .pass{fill:var(--pass-fill)}.seeds .fail,.history .fail{fill:var(--fail-fill)}.seeds .skip{fill:var(--skip-fill)}
.seeds a:focus-visible{outline:2px solid var(--accent)}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));gap:1rem}
.panel{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1rem 1.2rem;min-width:0}
.slow{list-style:none;margin:.5rem 0 0;padding:0;display:grid;gap:.45rem}
.slow li{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:0 1rem;font-size:.9rem;overflow-wrap:anywhere}
.took{font-variant-numeric:tabular-nums;color:var(--soft)}
.slow i{grid-column:1/-1;height:3px;border-radius:2px;background:var(--ring);min-width:2px}
.meter{height:6px;border-radius:3px;background:var(--code);margin:.6rem 0;overflow:hidden}.meter i{display:block;height:100%;background:var(--pass-fill)}
.history{display:block;margin:.7rem 0;max-width:100%}
.changes{display:grid;gap:.6rem;margin-top:.6rem}.changes dt{font-weight:550}.changes .fail dt{color:var(--fail)}.changes .pass dt{color:var(--pass)}.changes .skip dt{color:var(--skip)}
.changes dd{font-size:.88rem}
.mark{display:inline-grid;place-items:center;width:1.6rem;height:1.6rem;border-radius:7px;font-weight:700;font-size:.85rem;text-decoration:none}
.mark.small{width:1.15rem;height:1.15rem;border-radius:4px;font-size:.66rem}
.matrix td.many{white-space:normal;width:9.5rem;line-height:1.3}.matrix td.many:last-child{width:10rem}
.mark.pass{background:var(--passbg);color:var(--pass)}.mark.fail{background:var(--failbg);color:var(--fail)}
.mark.skip{background:var(--skipbg);color:var(--skip)}
a.mark:hover{filter:brightness(.93)}
.bar{position:sticky;top:0;z-index:3;background:var(--ground);display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;justify-content:space-between;padding:.7rem 0}
.filters{display:flex;flex-wrap:wrap;gap:.4rem}
button,input{font:inherit;font-size:.85rem;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.28rem .7rem}
button{cursor:pointer}button:hover{border-color:var(--soft)}
button[aria-pressed=true]{background:var(--text);color:var(--ground);border-color:var(--text)}
input{min-width:12rem}
.run{background:var(--card);border:1px solid var(--line);border-radius:12px;margin-bottom:.6rem}
.run.fail{border-color:var(--fail)}
.run>summary{display:flex;flex-wrap:wrap;gap:.2rem .8rem;align-items:center;padding:.6rem 1.2rem;cursor:pointer;list-style:none;border-radius:12px}
summary::-webkit-details-marker{display:none}
.run>summary h3{flex:1 1 auto}
.run>summary::after,.messages>summary::after{content:"";width:.5rem;height:.5rem;border:solid var(--soft);border-width:0 2px 2px 0;transform:rotate(45deg) translate(-2px,-2px)}
.run[open]>summary::after,.messages[open]>summary::after{transform:rotate(225deg) translate(-2px,-2px)}
.run>summary:hover h3,.messages>summary:hover .part{text-decoration:underline;text-underline-offset:3px}
.body{padding:.2rem 1.2rem 1.2rem;display:grid;gap:1.3rem;grid-template-columns:minmax(0,1fr)}
.title{color:var(--soft)}
.events{list-style:none;margin:.4rem 0 0;padding:.5rem .9rem;background:var(--code);border-radius:8px;font:.8rem/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.why{background:var(--skipbg);border-radius:8px;padding:.6rem .9rem;white-space:pre-wrap;overflow-wrap:anywhere}
.run.fail .why{background:var(--failbg)}
.list{display:grid;gap:.25rem}.list>div{display:grid;grid-template-columns:5.5rem minmax(0,1fr);gap:.6rem;align-items:baseline}
dt{color:var(--soft);font-size:.85rem}dd{overflow-wrap:anywhere}
code{font-size:.86em}.list code{background:var(--code);border-radius:5px;padding:.08rem .35rem}
.copy{margin-left:.5rem;padding:0 .5rem;font-size:.76rem}
.checks{display:flex;flex-wrap:wrap;gap:.4rem;margin-top:.5rem}
.checks li{border-radius:8px;padding:.15rem .65rem;font-size:.85rem}
.checks b{font-weight:550}
.checks .pass{background:var(--passbg);color:var(--pass)}.checks .skip{background:var(--skipbg);color:var(--skip)}
.checks .fail{background:var(--failbg);color:var(--fail)}.checks .wide{flex:1 1 100%}
.wrong{background:var(--failbg);border-radius:8px;padding:.6rem .9rem}.wrong .part{color:var(--fail)}
.wrong ol{list-style:none;margin:.3rem 0 0;padding:0;display:grid;gap:.3rem}.wrong li{overflow-wrap:anywhere}
.wrong .when{font-variant-numeric:tabular-nums;font-weight:600;margin-right:.35rem}.wrong b{color:var(--fail);margin-right:.2rem}
.wrong summary,.more summary{cursor:pointer;margin-top:.35rem;font-size:.87rem}.wrong .cut{color:inherit}
.more pre{margin:.4rem 0 0;padding:.5rem .9rem;background:var(--code);border-radius:8px;font-size:.76rem;white-space:pre-wrap;overflow-wrap:anywhere}
.repeat{overflow-wrap:anywhere}.repeat span{color:var(--soft);font-size:.85rem;margin-right:.4rem}.repeat code{background:var(--code);border-radius:5px;padding:.1rem .35rem}
.detail{color:var(--text);margin-left:.6rem;white-space:pre-wrap;overflow-wrap:anywhere}
.timeline{margin-top:.6rem}
.tl{display:grid;grid-template-columns:9.5rem minmax(0,1fr);gap:.8rem;align-items:center;border-top:1px solid var(--grid)}
.tl>span{font-size:.83rem;overflow-wrap:anywhere;line-height:1.2}.tl small{display:block;color:var(--soft);font-size:.75rem}
.tl>svg{display:block;overflow:visible}.tl.scale{border-top:1px solid var(--line)}
.band{fill:var(--broken);fill-opacity:.09}
.k-ringing{fill:var(--ring);background:var(--ring)}.k-talking{fill:var(--talk);background:var(--talk)}
.k-held,.k-parked{fill:var(--hold);background:var(--hold)}.k-queued,.k-voicemail{fill:var(--queue);background:var(--queue)}
.k-recorded{fill:var(--rec);background:var(--rec)}.k-pause{fill:var(--pause);background:var(--pause)}
.k-fault,.k-down{fill:var(--broken);background:var(--broken)}.k-parked,.k-voicemail{fill-opacity:.65}i.k-parked,i.k-voicemail{opacity:.65}
.k-wrong{fill:var(--fail);font-size:14px;font-weight:700;text-anchor:middle}.wrongline{fill:var(--fail);fill-opacity:.55}
.k-note{fill:var(--soft)}.k-note:hover{fill:var(--accent)}
.area{fill:var(--talk);fill-opacity:.28;stroke:var(--talk);stroke-width:1;vector-effect:non-scaling-stroke}
.outline{fill:none;stroke:var(--soft);stroke-width:1;vector-effect:non-scaling-stroke}
.limit{fill:none;stroke:var(--broken);stroke-width:1.5;stroke-dasharray:6 4;vector-effect:non-scaling-stroke}
.loss{fill:var(--broken)}.lossbase{fill:none;stroke:var(--lane);stroke-width:1;vector-effect:non-scaling-stroke}.key.loss{background:var(--broken);height:.35rem;vertical-align:.12rem}
.recording{border:1px solid var(--line);border-radius:10px;padding:.8rem 1rem;margin-top:.6rem}
.recording p{overflow-wrap:anywhere}
.figures{display:flex;flex-wrap:wrap;gap:.3rem 1.8rem;margin-top:.5rem}
.figures dt{font-size:.76rem}.figures dd{font-variant-numeric:tabular-nums;font-weight:550;font-size:.9rem}
.wave{margin-top:.4rem}
.wave>svg{display:block;background:var(--shade);border-radius:6px}
.pcm{fill:none;stroke:var(--pcm);stroke-width:1}
.tick{stroke:var(--line);stroke-width:1}.axis{fill:var(--soft);font-size:10.5px;font-variant-numeric:tabular-nums}
rect.pause{fill:#e0a100;fill-opacity:.32}rect.gap{fill:#d5372c;fill-opacity:.45}
rect.held{fill:#7d8896;fill-opacity:.28}rect.other{fill:#1f9e96;fill-opacity:.2}
rect.t0{fill:var(--t0)}rect.t1{fill:var(--t1)}rect.t2{fill:var(--t2)}rect.t3{fill:var(--t3)}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin-top:.35rem;font-size:.8rem;color:var(--soft)}
.key{display:inline-block;width:.9rem;height:.7rem;border-radius:3px;margin-right:.4rem;vertical-align:-.05rem}
.key.pause{background:#e0a10090}.key.gap{background:#d5372cb0}.key.held{background:#7d889680}.key.other{background:#1f9e9660}
.key.t0{background:var(--t0)}.key.t1{background:var(--t1)}.key.t2{background:var(--t2)}.key.t3{background:var(--t3)}
.key.talking{height:.35rem;vertical-align:.12rem}
.cursor{margin-left:auto;font-variant-numeric:tabular-nums}
.messages>summary{display:flex;gap:.8rem;align-items:center;cursor:pointer;list-style:none}
.ladder{margin-top:.5rem;border:1px solid var(--line);border-radius:10px;overflow:clip;font-size:.85rem}
.lanes{display:flex;background:var(--code);border-bottom:1px solid var(--line);font-size:.8rem;padding:.3rem 0}
.lanes div{flex:1;display:grid;grid-template-columns:repeat(var(--n),minmax(0,1fr));text-align:center}
.lanes b{font-weight:600;overflow-wrap:anywhere}
.ladder time{flex:0 0 5rem;text-align:right;padding-right:.7rem;font-size:.76rem;color:var(--soft);align-self:center}
.m>summary,div.m{display:flex;list-style:none}.m>summary{cursor:pointer}
.m>summary:hover,.m[open]>summary{background:var(--shade)}
.m svg{flex:1;min-width:0;display:block;overflow:hidden;background:linear-gradient(90deg,transparent calc(50% - .5px),var(--lane) 0,var(--lane) calc(50% + .5px),transparent 0) 0 0/calc(100%/var(--n)) 100%}
.m text{fill:var(--text);font-size:12px;text-anchor:middle;paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.m text[text-anchor=start]{text-anchor:start}.m text[text-anchor=end]{text-anchor:end}
.m line{stroke-width:1.5}
.sip line,.sip circle{stroke:var(--sip)}.devlink3 line,.devlink3 circle{stroke:var(--devlink3)}.rtp line,.rtp circle{stroke:var(--rtp)}
.m circle{fill:var(--card);stroke-width:1.5}.rtp line{stroke-width:3;stroke-dasharray:5 3}
.note line,.note circle{stroke:var(--soft);stroke-dasharray:3 3}marker.note{fill:var(--soft)}
marker.sip{fill:var(--sip)}marker.devlink3{fill:var(--devlink3)}marker.rtp{fill:var(--rtp)}
.aside{flex:1;min-width:0;padding:.3rem .8rem .3rem 0;color:var(--soft);overflow-wrap:anywhere}
div.m,.m:has(.aside){background:var(--shade)}
.m.odd,.m.odd:has(.aside){background:var(--failbg)}.m.odd .aside{color:var(--text)}.m.odd time,.m.odd b{color:var(--fail)}
.m.odd:target,.m:target{outline:2px solid var(--fail);outline-offset:-2px}
.m pre{margin:0;padding:.7rem 1rem .7rem 5rem;background:var(--code);font-size:.8rem;line-height:1.45;white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4}
.m .cut{padding:.2rem 1rem .5rem 5rem;background:var(--code)}
.files{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;margin-top:.4rem}
footer{margin-top:2rem;color:var(--soft);font-size:.82rem}
kbd{border:1px solid var(--line);border-radius:4px;padding:0 .3rem;background:var(--card);font-size:.9em}
@media (max-width:40rem){body{padding:0 .8rem 2rem}header{padding-top:1.2rem}h1{font-size:1.5rem}
.matrices{columns:1}.matrix{table-layout:fixed}.matrix td,.matrix td.many,.matrix th[scope=col]:not(:first-child){width:6.7rem}
.matrix tr>:first-child{padding-left:.7rem}.matrix tr>:last-child{padding-right:.5rem}.failures li{padding:.6rem .8rem}.panel{padding:.8rem}
.tl{grid-template-columns:minmax(0,1fr);gap:.1rem;padding-top:.25rem}.tl>span:empty{display:none}
.run>summary{padding:.6rem .8rem}.body{padding:.2rem .8rem .9rem}.bar{position:static}
.list>div{grid-template-columns:minmax(0,1fr);gap:0}.recording{padding:.6rem .7rem}
.ladder time{flex-basis:3.4rem;padding-right:.4rem;font-size:.68rem}.m pre,.m .cut{padding-left:.8rem}.m text{font-size:11px}
input{min-width:0;flex:1 1 9rem}}
@media print{:root{color-scheme:light;--ground:#fff;--card:#fff;--text:#000;--soft:#444;--line:#bbb;--code:#f4f4f4}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{max-width:none;padding:0;font-size:10pt}.filters,.copy,footer,.cursor{display:none}.bar{position:static}
.run,.recording,.tile,.wave,.m,.panel,.timeline,.failures li{break-inside:avoid}.run{break-inside:auto}a{color:inherit}}
`;
