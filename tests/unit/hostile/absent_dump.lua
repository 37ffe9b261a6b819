-- expect: has no member 'dump'
string.dump(function() end)
