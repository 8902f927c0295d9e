/** The style of the element, which pages change through its custom properties. */
export const mapStyle = `
:host{display:block;--ink:var(--onnx-lrp-ink,#1d2129);--small:var(--onnx-lrp-small,#5b6472);--line:var(--onnx-lrp-line,#dcdfe4);--panel:var(--onnx-lrp-panel,#f5f6f8);--accent:var(--onnx-lrp-accent,#1f5fd0);--on-accent:var(--onnx-lrp-on-accent,#fff);color:var(--ink);font-size:14px;line-height:1.4}
:host([hidden]){display:none}
@media (prefers-color-scheme:dark){:host{--ink:var(--onnx-lrp-ink,#e8eaee);--small:var(--onnx-lrp-small,#a3abb8);--line:var(--onnx-lrp-line,#353b45);--panel:var(--onnx-lrp-panel,#1e2229);--accent:var(--onnx-lrp-accent,#8ab2ff);--on-accent:var(--onnx-lrp-on-accent,#10141a)}}
*{box-sizing:border-box}
.stage{position:relative;line-height:0;overflow:hidden;border-radius:3px}
canvas{display:block;width:100%;height:auto;cursor:crosshair;touch-action:pan-y pinch-zoom}
canvas.pixels{image-rendering:pixelated}
canvas:focus-visible{outline:3px solid var(--accent);outline-offset:-3px}
.over{position:absolute;inset:0;pointer-events:none}
.marker{position:absolute;width:13px;height:13px;margin:-7px 0 0 -7px;border:2px solid #fff;border-radius:50%;box-shadow:0 0 0 1.5px #000,inset 0 0 0 1px #000;pointer-events:none}
.marker[hidden],.controls[hidden]{display:none}
.key{display:grid;grid-template-columns:auto minmax(40px,1fr) auto;gap:2px 10px;align-items:center;padding:8px 0 0;color:var(--small);font-variant-numeric:tabular-nums}
.bar{height:8px;border-radius:2px}
.readout{grid-column:1/-1;display:flex;justify-content:space-between;gap:10px;min-height:1.4em}
.readout b:empty{display:none}
.readout b{font-weight:600;color:var(--ink)}
.controls{display:flex;flex-wrap:wrap;gap:8px 18px;padding-top:10px}
fieldset{border:0;margin:0;padding:0;min-width:0;display:flex;align-items:center;gap:8px}
legend{float:left;padding:0;color:var(--small)}
.choices{display:inline-flex;border:1px solid var(--line);border-radius:8px;background:var(--panel);padding:2px}
.choices label{position:relative;cursor:pointer}
.choices input{position:absolute;inset:0;opacity:0;margin:0;cursor:pointer;width:100%;height:100%}
.choices span{display:block;padding:2px 9px;border-radius:6px;line-height:20px}
.choices label:hover span{color:var(--accent)}
.choices input:checked+span{background:var(--accent);color:var(--on-accent)}
.choices input:focus-visible+span{outline:3px solid var(--accent);outline-offset:2px}
input[type=range]{width:96px;accent-color:var(--accent);margin:0}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
`;
