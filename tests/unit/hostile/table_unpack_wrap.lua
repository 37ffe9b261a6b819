-- expect: more than 1000000 positions
return table.unpack({}, math.mininteger, math.maxinteger)
