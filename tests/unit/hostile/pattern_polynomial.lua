-- expect: budget of instructions
return (("x"):rep(3000)):find((".-"):rep(6) .. "b")
