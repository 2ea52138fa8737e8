/*
 * Our own wrapper in the manner of the well-known hand-written ones: it looks for the SCORM 2004 API first and takes
 * the 1.2 one only where there is no other, whatever the manifest says. Plain script, one global.
 */
window.lms = (function () {
  "use strict";

  var version = null;
  var api = null;

  function search(place) {
    for (var level = 0; place && level < 500; level += 1) {
      try {
        if (place.API_1484_11) {
          version = "2004";
          return place.API_1484_11;
        }
        if (place.API) {
          version = "1.2";
          return place.API;
        }
      } catch (error) {
        return null;
      }
      if (place === place.parent) return null;
      place = place.parent;
    }
    return null;
  }

  function call(name, first, second) {
    if (!api) return "";
    if (version === "2004") return second === undefined ? api[name](first) : api[name](first, second);
    var old = name === "Terminate" ? "LMSFinish" : "LMS" + name;
    return second === undefined ? api[old](first) : api[old](first, second);
  }

  return {
    connect: function () {
      api = search(window.parent) || search(window.opener);
      return call("Initialize", "") === "true";
    },
    version: function () {
      return version;
    },
    get: function (element) {
      return call("GetValue", element);
    },
    set: function (element, value) {
      return call("SetValue", element, value) === "true";
    },
    save: function () {
      return call("Commit", "") === "true";
    },
    quit: function () {
      return call("Terminate", "") === "true";
    },
  };
})();
