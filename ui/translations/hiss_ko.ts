<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ko">
<context>
    <name>Filters</name>
    <message>
        <source>Models (*.safetensors)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recordings (*.wav *.flac *.ogg *.opus *.mp3 *.aiff *.aif *.caf *.w64)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tables of sensor values (*.csv *.ndjson *.jsonl)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Help</name>
    <message>
        <source>What Hiss does</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A small recurrent network listens to sound or to sensors as they arrive, one short step after the other. It keeps a memory, its hidden state, and nothing else of the past: that is why it runs at once, on one core, for hours.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Live</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cleans what a microphone hears while you speak. Press “Demo” to hear it without a microphone, and hold the bypass to compare.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cleans recordings. Drop files or folders anywhere on the window, then listen to each before and after.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sensors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Learns what is normal in streams of numbers and raises an alert when they leave the band that it predicted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>State</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shows the hidden state while it runs: what each cell holds, how far it opens for what is new, and how long it will remember. It stands beside every page.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing leaves this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sound and sensor rows are worked on here and are sent nowhere, unless you set up a sink that does.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What am I looking at?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Takes noise out of sound and watches sensors with selective state spaces, in real time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Licence: Apache-2.0. The models that come with it were trained by the project; the data they learned from and its licences are written in each model’s file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It uses these works of others, each under its own licence:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Qt is linked as a shared library and may be replaced by another version of it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About Hiss</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss</name>
    <message>
        <source>no limit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 dB</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss::Application</name>
    <message>
        <source>something that is no std::exception</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something went wrong</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hiss could not do what was asked. It goes on, but if it behaves oddly, save your work and start it again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss::AttenuationSlider</name>
    <message>
        <source>Attenuation limit in decibels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No sound is turned down by more than this. A limit of 12 to 20 dB keeps some of the room and hides what the model gets wrong.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss::EngineBridge</name>
    <message>
        <source>no model found: choose one with Denoise &gt; Choose model file…, or put it into ~/.local/share/hiss/models or the directory HISS_MODEL_DIR</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss::F</name>
    <message>
        <source>memory: expected enough for the job, found too little</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss::FilesPage</name>
    <message>
        <source>Files</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss::HorizonView</name>
    <message>
        <source>%1 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0 %</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss::LivePage</name>
    <message>
        <source>Live</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss::MainWindow</name>
    <message>
        <source>Pages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>State</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 (Ctrl+%2)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Open…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open recordings, tables of sensor values or a model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open &amp;folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clean all recordings of a folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close the window; asks if that would end something</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>S&amp;tate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the page “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Hidden state beside the page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the memory of the model that runs, beside every page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hidden state</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>F&amp;ull screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fill the screen, and back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Colours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light or dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the &amp;system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light or dark as the desktop is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark text on a light ground</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light text on a dark ground</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;What am I looking at?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the pages are for, in short</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All keys of the window and its pages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;About Hiss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Version and licences</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cannot open %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hiss opens recordings and folders of them, tables of sensor values (.csv) and models (.safetensors).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close Hiss?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Closing the window ends this: %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no model “%1”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose another one in the page&apos;s list.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss::MessageLine</name>
    <message>
        <source>Error: %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss::NoticeBar</name>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the program&apos;s own words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close this notice</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss::NumbersPanel</name>
    <message>
        <source>silence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 dBFS, peak %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Level in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>RMS and sample peak of the recording</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Level out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>RMS and sample peak of the clean sound</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Limit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The attenuation limit of this run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SIMD</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Instruction set of the kernels that ran</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Real-time factor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Processor time of one core over the duration of the sound</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Latency</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delay of the model in a live stream; the saved file has none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 (%2× real time)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 ms</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss::SensorsPage</name>
    <message>
        <source>Sensors</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss::SpectrogramView</name>
    <message>
        <source>kHz</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>time (s)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>dBFS</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, %2 kHz: %3 dBFS</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss::StateChooser</name>
    <message>
        <source>&amp;Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The layer of the network to look into</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A layer has its own memory for each sub-band of the sound or sensor channel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>C&amp;hannel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The channel that is followed over time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;State</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which state of the channel is followed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss::StateRecorder</name>
    <message>
        <source>Re&amp;cord the hidden state…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write each step of this layer and row into a .npz file, to be read with NumPy (F8)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record the hidden state</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>NumPy arrays (*.npz)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>hidden-state.npz</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 could not be written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose another folder or free some space.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 steps, %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writing %1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recording %1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 is written: %2.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open it with numpy.load(); its arrays are named as here.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>hiss::StateText</name>
    <message>
        <source>%1 rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 ms</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Channel %1, state %2: h = %3 · Δ = %4 · gate = %5 · remembers %6</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At %1 s (step %2)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At row %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>: energy of B = %1, of C = %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> · size of the state = %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
