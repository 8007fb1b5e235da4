// Everything the pages load: htmx and its server-sent events. Pages work without any of it.
import "htmx.org";
import "htmx.org/dist/ext/hx-sse.js";
