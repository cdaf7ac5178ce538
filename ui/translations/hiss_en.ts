<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en">
<context>
    <name>hiss::FilesBridge</name>
    <message numerus="yes">
        <source>Nothing to do here: found 0 sound files among %n file(s) in “%1”.</source>
        <translation>
            <numerusform>Nothing to do here: the %n file in “%1” is no sound file.</numerusform>
            <numerusform>Nothing to do here: found 0 sound files among %n files in “%1”.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n value(s) were too loud for the file and were cut off.</source>
        <translation>
            <numerusform>%n value was too loud for the file and was cut off.</numerusform>
            <numerusform>%n values were too loud for the file and were cut off.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hiss::LanesView</name>
    <message numerus="yes">
        <source>Score (above 1: alert); %n more channels are not drawn</source>
        <translation>
            <numerusform>Score (above 1: alert); %n more channel is not drawn</numerusform>
            <numerusform>Score (above 1: alert); %n more channels are not drawn</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hiss::OutputSettingsPanel</name>
    <message numerus="yes">
        <source>Automatic: one on each of the %n processor core(s) of this computer</source>
        <translation>
            <numerusform>Automatic: one on the %n processor core of this computer</numerusform>
            <numerusform>Automatic: one on each of the %n processor cores of this computer</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hiss::ResultPanel</name>
    <message numerus="yes">
        <source>%n value(s) too loud for the file were cut off</source>
        <translation>
            <numerusform>%n value too loud for the file was cut off</numerusform>
            <numerusform>%n values too loud for the file were cut off</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hiss::StreamModel</name>
    <message numerus="yes">
        <source>%1: %n rows</source>
        <translation>
            <numerusform>%1: %n row</numerusform>
            <numerusform>%1: %n rows</numerusform>
        </translation>
    </message>
</context>
</TS>
