"""A page whose every label is hostile; served to a browser by test_labels.py."""

import streamlit as st

from pages._ui.text import badge, plain

HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)>",
    "**bold** _it_ ~~s~~ `c` [a](http://evil.example) ![i](http://evil.example/x.png)",
    "http://evil.example www.evil.example a@evil.example mailto:a@evil.example",
    ":material/home: :smile: :red[boo] :blue-badge[x] :streamlit: :+1: :100:",
    "$x^2$ $$y$$ &lt;b&gt; &#58; back\\slash \\* ==m== [^1]",
    "# head",
    "- list",
    "1. one",
    "> quote",
    "a -> b <- c -- d >= e <-> f",
)


def main() -> None:
    for number, text in enumerate(HOSTILE):
        with st.container(key=f"row{number}"):
            st.title(plain(text), anchor=False)
            st.markdown(f"**{plain(text)}**")
            st.caption(plain(text))
            st.button(plain(text), key=f"button{number}")
            st.expander(plain(text))
            st.error(plain(text))
            st.badge(badge(text, 200))
            st.metric(plain(text), plain(text), plain(text), help=plain(text))
    st.tabs([plain(text) for text in HOSTILE])


if __name__ == "__main__":
    main()
