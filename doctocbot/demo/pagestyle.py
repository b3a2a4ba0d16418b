"""How the page of `--save-html` looks: the measures and colours of a light Element Web, in our own words."""

COLOURS = {
    "cyan": "#0b7e8a",
    "green": "#17803d",
    "yellow": "#9c5a00",
    "magenta": "#a4337e",
    "bright_blue": "#5a4bd4",
    "blue": "#1f5fbf",
}
"""Colours of the cast, by the names that the terminal knows."""

STYLE = """
* { box-sizing: border-box; margin: 0 }
body { display: grid; grid-template-columns: minmax(0, 1fr) 420px; max-width: 1180px; margin: 0 auto;
  font: 15px/22px Inter, "Segoe UI", "Noto Sans", "DejaVu Sans", system-ui, sans-serif; color: #1b1d22;
  background: #fff }
main { border-right: 8px solid #f0f2f5 }
nav { display: flex; align-items: center; gap: 10px; height: 60px; padding: 0 16px; font-size: 16px;
  border-bottom: 1px solid #e1e6ec }
nav .close { margin-left: auto; color: #656d77 }
section { padding: 12px 16px }
article { display: flex; gap: 12px; padding: 7px 0 }
.avatar { flex: none; width: 32px; height: 32px; border-radius: 50%; color: #fff; font-weight: 600;
  display: grid; place-items: center }
.avatar.room { background: #1f5fbf; border-radius: 10px }
.said { min-width: 0; flex: 1 }
header time { margin-left: 8px; font-size: 12px; color: #656d77 }
.words h4 { font-size: 16px; margin: 2px 0 4px }
.words p { margin: 2px 0 }
.words ul { padding-left: 22px }
.words blockquote { margin: 4px 0; padding-left: 10px; border-left: 4px solid #cdd3da; color: #4a525c }
.words code { background: #f0f2f5; border-radius: 4px; padding: 1px 4px; font-size: 13px }
.words a, .reply a { color: #0467dd; text-decoration: none }
.words, .reply, .thread { overflow-wrap: anywhere }
.edited { font-size: 12px; color: #656d77 }
.gone { color: #656d77; font-style: italic }
.reply { margin: 2px 0 4px; padding-left: 10px; border-left: 3px solid; font-size: 13px; color: #4a525c }
img { display: block; max-width: 300px; max-height: 250px; border-radius: 8px; margin: 4px 0 }
.chips { display: flex; gap: 6px; margin-top: 4px }
.chips span { border: 1px solid #cdd3da; border-radius: 12px; padding: 0 9px; font-size: 13px }
.thread { margin-top: 6px; padding: 6px 12px; border: 1px solid #e1e6ec; border-radius: 8px; font-size: 13px;
  color: #4a525c; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.poll { border: 1px solid #e1e6ec; border-radius: 8px; padding: 12px 14px; margin-top: 4px }
.poll h4 { font-size: 15px; margin-bottom: 8px }
.poll small { color: #656d77 }
.answer { border: 1px solid #cdd3da; border-radius: 8px; padding: 6px 12px 10px; margin: 8px 0 }
.answer i { float: right; font-style: normal; font-size: 13px; color: #656d77 }
.answer .bar { height: 7px; border-radius: 4px; background: #e7eaee; margin-top: 5px; overflow: hidden }
.answer .bar div { height: 100%; background: #a3abb5 }
.answer.winner { border-color: #0dbd8b }
.answer.winner .bar div { background: #0dbd8b }
"""
