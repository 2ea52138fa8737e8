/*
 * The course by hand, without a library. It writes an ISO 8601 duration into SCORM 1.2's session_time, as people did
 * who moved a course from one version to the other and forgot, and it says its last words in unload only.
 */
(function () {
  "use strict";

  var lms = window.lms;
  var slides = document.querySelectorAll("section.slide");
  var started = new Date().getTime();
  var current = 1;
  var over = false;
  var connected = lms.connect();
  var two = lms.version() === "2004";
  var names = two
    ? { status: "cmi.completion_status", place: "cmi.location", time: "cmi.session_time", exit: "cmi.exit", score: "cmi.score.raw", reply: "learner_response", wrong: "incorrect" }
    : { status: "cmi.core.lesson_status", place: "cmi.core.lesson_location", time: "cmi.core.session_time", exit: "cmi.core.exit", score: "cmi.core.score.raw", reply: "student_response", wrong: "wrong" };

  function button(action) {
    return document.querySelector('[data-action="' + action + '"]');
  }

  function tellTime() {
    var hundredths = Math.floor((new Date().getTime() - started) / 10);
    var minutes = Math.floor(hundredths / 6000);
    lms.set(names.time, "PT" + (minutes ? minutes + "M" : "") + (hundredths % 6000) / 100 + "S");
  }

  function show(number) {
    current = number;
    for (var i = 0; i < slides.length; i += 1) slides[i].className = i + 1 === number ? "slide current" : "slide";
    if (slides[number - 1].dataset.question) slides[number - 1].className += " plain";
    document.body.dataset.slide = String(number);
    document.querySelector(".where").textContent = number + " of " + slides.length;
    button("back").disabled = number === 1;
    button("next").hidden = number === slides.length;
    if (!connected) return;
    lms.set(names.place, String(number));
    if (number === slides.length) lms.set(names.status, "completed");
    tellTime();
    lms.save();
  }

  function quit() {
    if (over) return;
    over = true;
    if (!connected) return;
    tellTime();
    lms.set(names.exit, "suspend");
    lms.save();
    lms.quit();
  }

  function answer(pressed) {
    var slide = slides[current - 1];
    var right = pressed.dataset.value === slide.dataset.expected;
    var all = slide.querySelectorAll("button");
    for (var i = 0; i < all.length; i += 1) all[i].disabled = true;
    pressed.dataset.mark = right ? "right" : "wrong";
    slide.querySelector(".feedback").textContent = right ? slide.dataset.yes : slide.dataset.no;
    if (!connected) return;
    var count = Number(lms.get("cmi.interactions._count")) || 0;
    var start = "cmi.interactions." + count + ".";
    lms.set(start + "id", slide.dataset.question);
    lms.set(start + "type", "choice");
    lms.set(start + names.reply, pressed.dataset.value);
    lms.set(start + "result", right ? "correct" : names.wrong);
    lms.set(names.score, right ? "100" : "0");
  }

  document.addEventListener("click", function (event) {
    var pressed = event.target.closest("button[data-action]");
    if (!pressed || over) return;
    if (pressed.dataset.action === "next") show(current + 1);
    if (pressed.dataset.action === "back") show(current - 1);
    if (pressed.dataset.action === "answer") answer(pressed);
    if (pressed.dataset.action === "exit") {
      quit();
      document.body.dataset.ended = "true";
      document.querySelector(".controls").remove();
      document.querySelector("main").textContent = "Saved. You can close this course now.";
    }
  });

  if (connected) {
    var status = lms.get(names.status);
    if (status !== "completed" && status !== "passed") lms.set(names.status, "incomplete");
  }
  var place = Number(connected ? lms.get(names.place) : 1);
  var resumes = place > 1 && place <= slides.length;
  if (resumes) document.body.dataset.resumed = "true";
  show(resumes ? place : 1);
  window.onunload = quit;
})();
