-- expect: budget of instructions
return (("("):rep(20000)):find("%b()")
