-- expect: more than 1000000 positions
return table.concat({}, "", 1, 1e9)
