-- result: true
return load == nil and loadstring == nil and dofile == nil and io == nil and os == nil
  and debug == nil and package == nil and coroutine == nil and collectgarbage == nil
  and setmetatable == nil and getmetatable == nil and rawset == nil and rawget == nil and _G == nil
