-- expect: both names and positions
return { 1, 2, a = 3 }
