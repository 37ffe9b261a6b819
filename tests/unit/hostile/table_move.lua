-- expect: more than 1000000 positions
return table.move({}, 1, 1 << 33, 2)
