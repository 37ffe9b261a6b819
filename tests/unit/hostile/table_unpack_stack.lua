-- expect: too many values
return select("#", table.unpack({}, 1, 999999), table.unpack({}, 1, 999999))
