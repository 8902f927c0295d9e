/** The style of a comparison's page. */
export const comparisonStyle = `
body{--tile:168px}
body[data-size=small]{--tile:118px}
body[data-size=large]{--tile:264px}
#controls{position:sticky;top:0;z-index:2;background:var(--page);border-bottom:1px solid var(--line);margin-top:14px}
.inner{display:flex;flex-wrap:wrap;gap:10px 22px;align-items:center;max-width:1680px;margin:0 auto;padding:12px 32px}
fieldset{border:0;margin:0;padding:0;min-width:0;display:flex;align-items:center;gap:8px}
legend{float:left;padding:0;color:var(--small);font-size:14px}
.choices{display:inline-flex;border:1px solid var(--line);border-radius:8px;background:var(--panel);padding:2px}
.choices label{position:relative;cursor:pointer}
.choices input{position:absolute;inset:0;opacity:0;margin:0;cursor:pointer;width:100%;height:100%}
.choices span{display:block;padding:3px 11px;border-radius:6px;font-size:14px;line-height:22px}
.choices label:hover span{color:var(--accent)}
.choices input:checked+span{background:var(--accent);color:var(--on-accent)}
.choices input:focus-visible+span{outline:3px solid var(--accent);outline-offset:2px}
#methods{flex-basis:100%}
#methods summary{cursor:pointer;color:var(--small);font-size:14px;width:max-content}
#methods fieldset{flex-wrap:wrap;gap:6px 18px;padding-top:8px}
#methods label{font-size:14px;display:inline-flex;gap:6px;align-items:center;cursor:pointer}
#methods input{accent-color:var(--accent);width:16px;height:16px;margin:0}
.picture{display:grid;grid-template-columns:minmax(0,210px) minmax(0,1fr);gap:0 32px;border-top:1px solid var(--line);padding:22px 0 6px;margin-top:14px}
.picture:first-child{border-top:0;margin-top:0}
.shown{position:sticky;top:84px;align-self:start;padding-bottom:16px}
.shown img{display:block;width:100%;height:auto;border:1px solid var(--line);image-rendering:auto}
.shown p{margin:8px 0 0}
.row{margin-bottom:22px}
.row h3 span{font-weight:400;color:var(--small);margin-left:10px}
.maps{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(var(--tile-wide),calc(50% - 7px)),1fr));gap:18px 14px}
figure{margin:0;min-width:0;max-width:calc(var(--tile-wide)*2)}
.picture.signal{grid-template-columns:minmax(0,340px) minmax(0,1fr);--wide:2.6}
.picture.features{--wide:1.9}
.picture.volume{--wide:1.3}
.picture .maps{--tile-wide:calc(var(--tile)*var(--wide,1))}
.bars{display:block;width:100%;height:40px;margin-top:3px;border-bottom:1px solid var(--line)}
figure[hidden]{display:none}
.map{position:relative;line-height:0;border:1px solid var(--line);overflow:hidden}
canvas{width:100%;height:auto;display:block;cursor:crosshair;touch-action:pan-y pinch-zoom}
canvas:focus-visible{outline-offset:-3px}
body[data-view=map] canvas{image-rendering:pixelated}
.marker{position:absolute;width:13px;height:13px;margin:-7px 0 0 -7px;border:2px solid #fff;border-radius:50%;box-shadow:0 0 0 1.5px #000,inset 0 0 0 1px #000;pointer-events:none}
.marker[hidden]{display:none}
.refused{background:var(--refused);display:flex;align-items:center;line-height:1.35;padding:10px;overflow:auto}
.refused p{margin:auto;color:var(--small);font-size:13px}
figcaption{padding-top:5px;font-size:15px;line-height:1.3}
figcaption p{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 8px;margin:1px 0 0;min-height:1.3em;color:var(--small);font-size:13.5px}
.readout{font-variant-numeric:tabular-nums}
.key{display:flex;align-items:center;gap:10px;margin:28px 0 10px;color:var(--small)}
.key i{width:200px;height:12px;border:1px solid var(--line)}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:4px 18px;margin:10px 0 20px;font-size:15px}
dt{font-weight:700}
dd{margin:0;color:var(--small)}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:700px){
body{--tile:140px}
#controls{position:static}
.inner{padding:12px 16px;gap:10px 16px}
.picture,.picture.signal{grid-template-columns:minmax(0,1fr)}
.picture.signal{--wide:1.8}
.shown{position:static;display:flex;gap:14px;align-items:flex-end}
.shown img{width:120px}
dl{grid-template-columns:minmax(0,1fr)}
dd{margin-bottom:8px}
}
@media print{#controls,.marker{display:none}.shown{position:static}figure{break-inside:avoid}}
`;
