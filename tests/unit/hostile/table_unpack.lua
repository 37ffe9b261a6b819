-- expect: more than 1000000 positions
return table.unpack({}, 1, 1e8)
