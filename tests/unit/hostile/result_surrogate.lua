-- expect: no UTF-8 text
return "\u{D800}"
